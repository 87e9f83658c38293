package org.onnxghn.trainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.converter.cli.Main;
import org.onnxghn.trainer.finetune.SmallTask;

class FinetuneCommandTest {
  /** The numbers depend on it. */
  private static final String THREADS = System.getProperty("ai.djl.pytorch.num_threads", "2");

  private record Run(int code, String out, String err) {}

  @TempDir Path folder;

  private static Run run(List<String> arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.run(arguments.toArray(String[]::new), new PrintWriter(out), new PrintWriter(err));
    return new Run(code, out.toString(), err.toString());
  }

  private static Run run(Object... arguments) {
    return run(java.util.Arrays.stream(arguments).map(Object::toString).toList());
  }

  @Test
  void jsonAsDocumented() throws Exception {
    Path images = SmallTask.images(folder.resolve("data"), 12);
    Path model = SmallTask.model(folder);
    Path output = folder.resolve("tuned.onnx");
    Run run =
        run(
            "finetune",
            model,
            "-o",
            output,
            "--data",
            images,
            "--epochs",
            "2",
            "--batch",
            "12",
            "--optimizer",
            "adamw",
            "--lr",
            "0.01",
            "--schedule",
            "step",
            "--warmup",
            "0.1",
            "--label-smoothing",
            "0.1",
            "--mixup",
            "0.2",
            "--clip",
            "1",
            "--freeze",
            "conv1.*",
            "--augmentation",
            "padded",
            "--no-flip",
            "--colour-jitter",
            "0.1,0.1,0.1,0.05",
            "--seed",
            "7",
            "--device",
            "cpu",
            "--json");
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode json = new ObjectMapper().readTree(run.out());
    assertThat(json.path("command").asText()).isEqualTo("finetune");
    assertThat(json.path("steps").asInt()).isEqualTo(6);
    assertThat(json.path("epochs").asInt()).isEqualTo(2);
    assertThat(json.path("seconds").isNumber()).isTrue();
    assertThat(json.path("best").path("top1").isNumber()).isTrue();
    assertThat(json.path("output").path("path").asText()).isEqualTo(output.toString());
    assertThat(json.path("parameters").path("frozen").asInt()).isEqualTo(1);
    assertThat(json.path("verification").path("agreement").path("disagreeing").asInt()).isZero();
    assertThat(output).exists();
    assertThat(run.err()).contains("epoch 2: validation top-1");

    Run accuracy = run("accuracy", output, "--data", images, "--split", "val", "--json");
    assertThat(new ObjectMapper().readTree(accuracy.out()).path("top1").asDouble())
        .isEqualTo(json.path("best").path("top1").asDouble());
  }

  @Test
  void helpNamesEveryOptionOfTheIssue() {
    Run run = run("help", "finetune");
    assertThat(run.code()).isZero();
    for (String option :
        List.of(
            "--output",
            "--data",
            "--val",
            "--epochs",
            "--batch",
            "--optimizer",
            "--lr",
            "--momentum",
            "--weight-decay",
            "--schedule",
            "--warmup",
            "--label-smoothing",
            "--mixup",
            "--freeze",
            "--new-head",
            "--seed",
            "--device",
            "--max-minutes",
            "--resume",
            "--run",
            "--format",
            "Examples:")) {
      assertThat(run.out()).contains(option);
    }
  }

  @Test
  void wrongUsage() {
    Path model = SmallTask.model(folder);
    Path data = SmallTask.images(folder.resolve("data"), 3);
    Path out = folder.resolve("out.onnx");
    for (List<String> wrong :
        List.of(
            List.of("--epochs", "0"),
            List.of("--lr", "-1"),
            List.of("--optimizer", "lbfgs"),
            List.of("--val", "1.5"),
            List.of("--val", "nowhere"),
            List.of("--resume", "--overwrite"),
            List.of("--colour-jitter", "1,1,1,1"),
            List.of("--device", "tpu"),
            List.of("--max-minutes", "-1"),
            List.of("--resume"),
            List.of("--new-head", "1"))) {
      List<String> arguments =
          new ArrayList<>(
              List.of("finetune", model.toString(), "-o", out.toString(), "--data", "" + data));
      arguments.addAll(wrong);
      Run run = run(arguments);
      assertThat(run.code()).as("%s: %s", wrong, run.err()).isEqualTo(2);
      assertThat(run.err()).doesNotContain("\tat ");
    }
    assertThat(out).doesNotExist();
    assertThat(folder.resolve("out.onnx.run")).doesNotExist();
  }

  private static Process start(Path err, List<String> arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dai.djl.offline=true",
                "-Dai.djl.pytorch.num_threads=" + THREADS,
                Main.class.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
    // As the launcher does: ONNX Runtime does not stand long command lines.
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.environment().put("OPT_OUT_TRACKING", "true");
    return builder.start();
  }

  /** A signal, then kill -9, then to the end: the same file as in one go. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void interruptedAndKilledAndResumed() throws Exception {
    Path images = SmallTask.images(folder.resolve("data"), 40);
    Path model = SmallTask.model(folder);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "finetune",
                "" + model,
                "-o",
                "" + folder.resolve("cut.onnx"),
                "--data",
                "" + images,
                "--epochs",
                "20",
                "--batch",
                "8",
                "--lr",
                "0.02",
                "--mixup",
                "0.2",
                "--log-every",
                "1",
                "--save-minutes",
                "0.002"));
    Path err = folder.resolve("err.txt");
    Path metrics = folder.resolve("cut.onnx.run/metrics.jsonl");

    Process first = start(err, arguments);
    waitForLines(first, metrics, 20, err);
    // As Ctrl-C's INT, which what starts in the background of a shell script ignores.
    new ProcessBuilder("kill", "-TERM", Long.toString(first.pid())).start().waitFor();
    String out;
    try (BufferedReader reader = first.inputReader()) {
      out = String.join("\n", reader.lines().toList());
    }
    assertThat(first.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(first.exitValue()).as(Files.readString(err)).isEqualTo(143);
    assertThat(out).contains("interrupted: nothing was written");
    assertThat(Files.readString(err)).contains("go on with").contains("--resume");
    assertThat(folder.resolve("cut.onnx")).doesNotExist();

    arguments.add("--resume");
    Process second = start(err, arguments);
    waitForLines(second, metrics, Files.readAllLines(metrics).size() + 20, err);
    second.destroyForcibly();
    assertThat(second.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(folder.resolve("cut.onnx")).doesNotExist();

    Run third = run(arguments);
    assertThat(third.code()).as(third.err()).isZero();

    arguments.remove("--resume");
    arguments.set(3, folder.resolve("whole.onnx").toString());
    Run whole = run(arguments);
    assertThat(whole.code()).as(whole.err()).isZero();
    for (String file : List.of("", ".run/best.onnx", ".run/last.onnx")) {
      assertThat(folder.resolve("cut.onnx" + file))
          .hasSameBinaryContentAs(folder.resolve("whole.onnx" + file));
    }
    assertThat(Files.readAllLines(metrics))
        .hasSameSizeAs(Files.readAllLines(folder.resolve("whole.onnx.run/metrics.jsonl")));
  }

  private static void waitForLines(Process process, Path file, int lines, Path err)
      throws Exception {
    while (!Files.exists(file) || Files.readAllLines(file).size() < lines) {
      assertThat(process.isAlive()).as(Files.readString(err)).isTrue();
      Thread.sleep(5);
    }
  }
}
