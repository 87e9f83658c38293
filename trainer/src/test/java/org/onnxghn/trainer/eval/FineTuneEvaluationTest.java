package org.onnxghn.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.onnxghn.converter.cli.Main;
import org.onnxghn.onnx.OnnxModel;

/** The protocols of {@code onnx-ghn evaluate} that train. */
class FineTuneEvaluationTest extends EvaluationFixture {
  private Run fineTune(Object... more) {
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                "--initialisations",
                "ghn,he,ghn-blend",
                "--learning-rates",
                "0.05,0.1",
                "--epochs",
                "0.5,6",
                "--batch",
                12,
                "--validation-images",
                12));
    arguments.addAll(List.of(more));
    return evaluate("fine-tune", arguments.toArray());
  }

  @Test
  void startsAreComparedWithEqualEffort() throws IOException {
    Path out = folder.resolve("run");
    Path tuned = folder.resolve("tuned");
    JsonNode report = fineTune("--run", out, "--save", tuned, "--json").json();
    assertThat(report.path("command").asText()).isEqualTo("evaluate");
    assertThat(report.path("protocol").asText()).isEqualTo("fine-tune");
    assertThat(report.path("data").path("images").asInt()).isEqualTo(24);
    assertThat(report.path("networks")).hasSize(2);
    for (JsonNode network : report.path("networks")) {
      assertThat(network.path("fineTuned")).hasSize(6);
      for (JsonNode result : network.path("fineTuned")) {
        requireChoice(result);
      }
    }
    JsonNode summary = report.path("summary");
    assertThat(summary.path("levels")).hasSize(6);
    assertThat(summary.path("comparisons")).hasSize(4);
    assertThat(summary.path("wins").path("against").asText()).isEqualTo("he");
    assertThat(summary.path("wins").path("epochs").asDouble()).isEqualTo(6);
    // Three classes: stripes are learned in six epochs, whatever the start.
    summary
        .path("levels")
        .forEach(
            level -> {
              if (level.path("epochs").asDouble() == 6) {
                assertThat(level.path("mean").asDouble()).as(level + "").isGreaterThan(0.5);
              }
            });
    assertThat(JSON.readTree(out.resolve("report.json").toFile())).isEqualTo(report);
    assertThat(out.resolve("report.md")).content().contains("| ghn-blend against he |");
    requireFigure(out.resolve("figure.svg"));
    requireSaved(tuned, report);
  }

  private static void requireChoice(JsonNode result) {
    List<JsonNode> tried = StreamSupport.stream(result.path("tried").spliterator(), false).toList();
    assertThat(tried).hasSize(2);
    double best = tried.stream().mapToDouble(t -> t.path("top1").asDouble()).max().orElseThrow();
    JsonNode chosen =
        tried.stream().filter(t -> t.path("top1").asDouble() == best).findFirst().orElseThrow();
    assertThat(result.path("learningRate")).isEqualTo(chosen.path("learningRate"));
    assertThat(result.path("top1").asDouble()).isBetween(0.0, 1.0);
    assertThat(result.path("steps").asInt()).isEqualTo(result.path("epochs").asInt() == 6 ? 30 : 3);
  }

  /** What is saved is what was measured, in the eyes of ONNX Runtime. */
  private void requireSaved(Path tuned, JsonNode report) {
    Path model = tuned.resolve("he/a.onnx");
    JsonNode accuracy = run("accuracy", model, "--data", images, "--split", "val", "--json").json();
    for (JsonNode result : report.path("networks").path(0).path("fineTuned")) {
      if (result.path("init").asText().equals("he") && result.path("epochs").asDouble() == 6) {
        assertThat(accuracy.path("top1").asDouble()).isEqualTo(result.path("top1").asDouble());
      }
    }
    assertThat(OnnxModel.read(model).tensor("bn1.running_mean").orElseThrow().floats())
        .doesNotContain(0f);
  }

  @Test
  void aKilledComparisonGoesOnWithTheSameNumbers() throws IOException {
    Path out = folder.resolve("run");
    JsonNode whole = fineTune("--run", out, "--json").json();
    Path log = out.resolve("results.jsonl");
    List<String> lines = Files.readAllLines(log);
    assertThat(lines).hasSize(1 + 12);

    Run again = fineTune("--run", out, "--json");
    assertThat(again.code()).isEqualTo(2);
    assertThat(again.err()).contains("OG-510", "--resume");

    // Nothing is done twice: even seconds are the same.
    assertThat(fineTune("--run", out, "--resume", "--json").json()).isEqualTo(whole);

    // The last line is half written, the one before it is lost.
    String last = lines.get(12);
    Files.writeString(
        log, String.join("\n", lines.subList(0, 11)) + "\n" + last.substring(0, last.length() / 2));
    JsonNode resumed = fineTune("--run", out, "--resume", "--json").json();
    assertThat(accuracies(resumed)).isEqualTo(accuracies(whole));
    assertThat(Files.readAllLines(log)).hasSize(13);

    Run other = fineTune("--run", out, "--resume", "--seed", 2);
    assertThat(other.code()).isEqualTo(2);
    assertThat(other.err()).contains("OG-513", "seed 1, not 2");
  }

  /** In a process of its own, in the middle of a training that would take very long. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aSignalEndsItInOrder() throws Exception {
    Path out = folder.resolve("run");
    Path err = folder.resolve("err.txt");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dai.djl.offline=true",
                Main.class.getName()));
    Object[] arguments = {
      "evaluate",
      "fine-tune",
      "--checkpoint",
      checkpoint,
      "--networks",
      networks,
      "--data",
      images,
      "--image-size",
      12,
      "--cache",
      folder.resolve("cache"),
      "--initialisations",
      "he",
      "--learning-rates",
      "0.05",
      "--epochs",
      "1,1000000",
      "--batch",
      12,
      "--run",
      out
    };
    Arrays.stream(arguments).map(Object::toString).forEach(command::add);
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectError(err.toFile());
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.environment().put("OPT_OUT_TRACKING", "true");
    Process process = builder.start();
    Path log = out.resolve("results.jsonl");
    while (!Files.exists(log) || Files.readAllLines(log).size() < 3) {
      assertThat(process.isAlive()).as(Files.readString(err)).isTrue();
      Thread.sleep(20);
    }
    new ProcessBuilder("kill", "-TERM", Long.toString(process.pid())).start().waitFor();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(err)).isEqualTo(143);
    assertThat(Files.readString(err)).contains("interrupted after 2 results", "--resume");
    assertThat(Files.readAllLines(log)).hasSize(3);
    assertThat(folder.toFile().list()).noneMatch(name -> name.startsWith("hs_err"));
  }

  @Test
  void theStartToCompareWithMustBeThere() {
    for (Object[] wrong :
        List.of(
            new Object[] {"--initialisations", "ghn,ghn-noise"},
            new Object[] {"--initialisations", "ghn", "--against", "he"})) {
      Run run = evaluate("fine-tune", wrong);
      assertThat(run.code()).isEqualTo(2);
      assertThat(run.err()).contains("--initialisations lacks he", "--against");
    }
  }

  @Test
  void aStartThatDivergesWithEveryLearningRateHasTheAccuracyOfChance() {
    JsonNode report =
        evaluate(
                "fine-tune",
                "--count",
                1,
                "--initialisations",
                "he",
                "--learning-rates",
                "1000000,900000",
                "--epochs",
                6,
                "--batch",
                12,
                "--json")
            .json();
    JsonNode result = report.path("networks").path(0).path("fineTuned").path(0);
    assertThat(result.path("tried")).hasSize(2).allMatch(tried -> tried.path("top1").isNull());
    assertThat(result.path("learningRate").asDouble()).isZero();
    assertThat(result.path("top1").asDouble()).isEqualTo(1.0 / 3);
  }

  private static List<Double> accuracies(JsonNode report) {
    return report.findValues("top1").stream().map(JsonNode::asDouble).toList();
  }

  @Test
  void transferHasANewHead() throws IOException {
    Path ten = SmallNetworks.write(folder.resolve("ten"), 10);
    Path own = SmallNetworks.checkpoint(folder.resolve("ten.safetensors"), 10);
    networks = ten;
    checkpoint = own;
    Run refused = fineTune();
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains("10 classes, the images have 3", "evaluate transfer");
    JsonNode report =
        evaluate(
                "transfer",
                "--initialisations",
                "ghn,he",
                "--learning-rates",
                "0.1",
                "--epochs",
                "8",
                "--train-images",
                30,
                "--validation-images",
                12,
                "--batch",
                10,
                "--json")
            .json();
    assertThat(report.path("protocol").asText()).isEqualTo("transfer");
    assertThat(report.path("settings").path("training images").asInt()).isEqualTo(30);
    assertThat(report.path("settings").path("new head").asInt()).isEqualTo(3);
    assertThat(report.path("summary").path("levels")).hasSize(2);
    assertThat(report.path("summary").path("levels").path(1).path("mean").asDouble())
        .isGreaterThan(0.4);
  }
}
