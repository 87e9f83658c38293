package org.onnxghn.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.converter.cli.Main;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.trainer.finetune.SmallTask;

/** The protocols of {@code onnx-ghn evaluate}, on networks that are trained in a blink. */
class EvaluateCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;
  private Path images;
  private Path networks;
  private Path checkpoint;

  private record Run(int code, String out, String err) {
    JsonNode json() {
      assertThat(code).as(err + out).isZero();
      try {
        return JSON.readTree(out);
      } catch (IOException e) {
        throw new AssertionError(out, e);
      }
    }
  }

  @BeforeEach
  void task() throws IOException {
    images = SmallTask.images(folder.resolve("data"), 24);
    networks = SmallNetworks.write(folder.resolve("nets"), 3);
    checkpoint = SmallNetworks.checkpoint(folder.resolve("tiny.safetensors"), 3);
  }

  private static Run run(Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] texts = Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
    int code = Main.run(texts, new PrintWriter(out), new PrintWriter(err));
    return new Run(code, out.toString(), err.toString());
  }

  private Run evaluate(String protocol, Object... more) {
    List<Object> arguments =
        new ArrayList<>(
            List.of("evaluate", protocol, "--checkpoint", checkpoint, "--networks", networks));
    if (!List.of("diversity", "time").contains(protocol)) {
      arguments.addAll(
          List.of("--data", images, "--image-size", 12, "--cache", folder.resolve("cache")));
    }
    arguments.addAll(List.of(more));
    return run(arguments.toArray());
  }

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

  /** Two kinds of things are drawn, the second one in its colour; texts are outlines. */
  private static void requireFigure(Path file) throws IOException {
    String svg = Files.readString(file);
    assertThat(svg.startsWith("<?xml") && svg.contains("<svg")).isTrue();
    assertThat(svg.contains("rgb(255,172,0)")).isTrue();
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

  @Test
  void zeroShotIsResumedAndPrintsMarkdown() throws IOException {
    Path out = folder.resolve("run");
    Run first = evaluate("zero-shot", "--run", out, "--batch", 8, "--format", "markdown");
    assertThat(first.code()).as(first.err()).isZero();
    assertThat(first.out()).contains("| network | parameters | top-1 % | top-5 % |", "| a |");
    assertThat(out.resolve("report.md")).content().isEqualTo(first.out());
    Run again =
        evaluate("zero-shot", "--run", out, "--batch", 8, "--format", "markdown", "--resume");
    assertThat(again.out()).isEqualTo(first.out());
    assertThat(Files.readAllLines(out.resolve("results.jsonl"))).hasSize(3);
    Run text = evaluate("zero-shot", "--batch", 8, "--count", 1);
    assertThat(text.out()).contains("Zero-shot top-1 accuracy").doesNotContain("|");
    assertThat(evaluate("zero-shot", "--resume").code()).isEqualTo(2);
  }

  @Test
  void diversityOfPredictedRandomAndTrained() throws IOException {
    Path figure = folder.resolve("d.svg");
    JsonNode report =
        evaluate("diversity", "--trained", networks + "/*.onnx", "--figure", figure, "--json")
            .json();
    JsonNode sources = report.path("summary").path("sources");
    // conv1 is the only weight of one shape in both networks; the untrained files have no values.
    assertThat(sources.path("ghn").path("pairs").asInt()).isEqualTo(1);
    assertThat(sources.path("trained").path("pairs").asInt()).isZero();
    double predicted = sources.path("ghn").path("distance").asDouble();
    double random = sources.path("he").path("distance").asDouble();
    assertThat(predicted).isLessThan(random);
    assertThat(random).isBetween(0.6, 1.0);
    assertThat(sources.path("he").path("matched").asDouble()).isLessThan(random);
    requireFigure(figure);
  }

  @Test
  void varianceOfEveryLayer() throws IOException {
    Path figure = folder.resolve("v.svg");
    JsonNode report = evaluate("variance", "--batch", 8, "--figure", figure, "--json").json();
    JsonNode variances = report.path("networks").path(0).path("variances");
    for (String source : List.of("ghn", "he")) {
      assertThat(variances.path(source).properties())
          .extracting(java.util.Map.Entry::getKey)
          .containsExactly("conv1.weight", "conv2.weight", "fc.weight");
    }
    requireFigure(figure);
  }

  @Test
  void timeOfPredictions() {
    JsonNode report = evaluate("time", "--repetitions", 2, "--json").json();
    JsonNode network = report.path("networks").path(0);
    assertThat(network.path("parameters").asLong()).isEqualTo(216 + 16 + 864 + 24 + 36 + 3);
    assertThat(network.path("nodes").asInt()).isGreaterThan(5);
    assertThat(network.path("predictSeconds").asDouble()).isPositive();
    Run text = evaluate("time", "--repetitions", 1);
    assertThat(text.out()).contains("Seconds to predict");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "zero-shot", "fine-tune", "transfer", "diversity", "variance", "time"})
  void everyProtocolHasHelpWithExamples(String protocol) {
    Run run = run((Object[]) ("evaluate " + protocol + " --help").split(" +"));
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("Examples:", "onnx-ghn evaluate " + protocol);
  }
}
