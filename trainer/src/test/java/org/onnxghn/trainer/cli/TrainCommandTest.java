package org.onnxghn.trainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.trainer.CommandRun;
import org.onnxghn.trainer.run.MetricsLog;
import org.onnxghn.trainer.train.SmallRun;

class TrainCommandTest {
  @TempDir private Path folder;
  private Path run;

  @BeforeEach
  void images() {
    SmallRun.images(folder);
    run = folder.resolve("run");
  }

  private CommandRun train(List<String> more, String... settings) {
    List<String> arguments = SmallRun.command(folder, "cifar-small", settings);
    arguments.addAll(List.of("--run", run.toString()));
    arguments.addAll(more);
    return CommandRun.of(arguments);
  }

  @Test
  void writesTheRunFolderAndTheReport() throws Exception {
    CommandRun command = train(List.of("--json"), "run.steps=4", "run.keepEvery=2");
    JsonNode report = command.json();
    assertThat(report.path("command").asText()).isEqualTo("train");
    assertThat(report.path("steps").asInt()).isEqualTo(4);
    assertThat(report.path("best").asDouble()).isBetween(0.0, 1.0);
    assertThat(report.path("ended").asText()).isEqualTo("finished");
    List<String> phases = new ArrayList<>();
    report.path("cpuSecondsPerStep").fieldNames().forEachRemaining(phases::add);
    assertThat(phases)
        .containsExactly(
            "sampling",
            "import",
            "encode",
            "decode",
            "targetForward",
            "backward",
            "optimizer",
            "rest");
    report
        .path("cpuSecondsPerStep")
        .forEach(seconds -> assertThat(seconds.asDouble()).isPositive());
    assertThat(command.err()).contains("zero-shot accuracy on val");

    assertThat(run)
        .isDirectoryContaining("glob:**/state.safetensors")
        .isDirectoryContaining("glob:**/events.out.tfevents.*")
        .isDirectoryContaining("glob:**/step-2.safetensors")
        .isDirectoryContaining("glob:**/step-4.safetensors")
        .isDirectoryContaining("glob:**/last.safetensors");
    assertThat(Files.readString(run.resolve("curves.svg"))).contains("<svg");
    String config = Files.readString(run.resolve("config.yaml"));
    assertThat(config).contains("hidden: 16").contains("steps: 4");
    try (Checkpoint best = Checkpoint.read(Path.of(report.path("checkpoint").asText()))) {
      assertThat(best.provenance()).containsEntry("training.config", config);
      assertThat(best.provenance().get("training.architectures"))
          .isEqualTo("deepnets-small-cifar-train-1");
    }
    JsonNode line = MetricsLog.read(run.resolve(MetricsLog.FILE)).get(0);
    for (String field :
        List.of(
            "step",
            "epoch",
            "learningRate",
            "loss",
            "crossEntropy",
            "parameterNorm",
            "top1",
            "gradientNorm",
            "seconds",
            "networksPerSecond",
            "waitingShare")) {
      assertThat(line.path(field).isNumber()).as(field).isTrue();
    }
    // The folder is taken; resuming a finished run has nothing left to do.
    train(List.of()).assertRefused("OG-510", "--resume");
  }

  @Test
  void timeEndsARunAndBendsTheSchedule() {
    JsonNode report = train(List.of("--json", "--max-minutes", "0.05"), "run.logEvery=1").json();
    assertThat(report.path("ended").asText()).isEqualTo("time");
    assertThat(report.path("seconds").asDouble()).isGreaterThan(3);
    List<JsonNode> lines =
        MetricsLog.read(run.resolve(MetricsLog.FILE)).stream()
            .filter(line -> line.has("learningRate"))
            .toList();
    double last = lines.get(lines.size() - 1).get("learningRate").asDouble();
    assertThat(last).as("the cosine came down within the time").isLessThan(6e-4);
  }

  @Test
  void aResumedRunKeepsItsTime() {
    train(List.of("--max-minutes", "0.02", "--json"), "run.steps=1").json();
    List<String> resume =
        List.of(
            "train",
            "--resume",
            "--data",
            folder.resolve("cifar").toString(),
            "--cache",
            folder.resolve("cache").toString(),
            "--run",
            run.toString(),
            "--json");
    JsonNode resumed = CommandRun.of(resume).json();
    assertThat(resumed.path("ended").asText()).isEqualTo("time");
    assertThat(resumed.path("cpuSecondsPerStep")).isEmpty();
    List<String> text = new ArrayList<>(resume.subList(0, resume.size() - 1));
    assertThat(CommandRun.of(text).out()).contains("nothing left to do", "--checkpoint");
    // What it would be refused for at once, and from then on.
    text.addAll(List.of("--max-minutes", "0.01"));
    CommandRun.of(text).assertRefused("OG-513", "already", "of the whole run");
    assertThat(CommandRun.of(resume).json().path("ended").asText()).isEqualTo("time");
    CommandRun.of("train", "--resume", "--data", folder, "--run", folder.resolve("nowhere"))
        .assertRefused("OG-511");
  }

  @Test
  void aCheckpointOfAnotherShapeSaysWhatToSet() {
    Path other = folder.resolve("other.safetensors");
    CommandRun.of("checkpoint", "init", "--preset", "ghn3-t", "-o", other);
    train(List.of("--checkpoint", other.toString()))
        .assertRefused(
            "OG-540", "--set hypernetwork.hidden=64", "--set hypernetwork.numClasses=1000");
  }

  @Test
  void aRunThatStartsFromACheckpointKnowsItsNetworksToo() {
    JsonNode first = train(List.of("--json"), "run.steps=2").json();
    run = folder.resolve("run2");
    String start = first.path("checkpoint").asText();
    JsonNode second =
        train(List.of("--checkpoint", start, "--json"), "run.steps=1", "architectures.seed=9")
            .json();
    try (Checkpoint checkpoint = Checkpoint.read(Path.of(second.path("checkpoint").asText()))) {
      assertThat(checkpoint.provenance())
          .containsEntry(
              "training.architectures", "deepnets-small-cifar-train-1,deepnets-small-cifar-train-9")
          .containsEntry("training.steps", "3");
    }
  }

  @Test
  void ownArchitecturesReplaceOrJoinDeepNets() throws Exception {
    Path nets = folder.resolve("nets");
    CommandRun.of(
            "generate", "--split", "test", "--space", "small", "--count", "2", "-o", nets, "--json")
        .json();
    List<String> own = List.of("--architectures", nets.toString(), "--share", "0.5", "--json");
    JsonNode report = train(own, "run.steps=2").json();
    assertThat(report.path("steps").asInt()).isEqualTo(2);
    Path best = Path.of(report.path("checkpoint").asText());
    try (Checkpoint checkpoint = Checkpoint.read(best)) {
      assertThat(checkpoint.provenance().get("training.architectures").split(",")).hasSize(3);
    }
    // What was trained with is not evaluated with.
    CommandRun.of(
            "evaluate",
            "zero-shot",
            "--checkpoint",
            best,
            "--data",
            folder.resolve("cifar"),
            "--networks",
            nets)
        .assertRefused("OG-532", "trained");

    // What is evaluated with is not trained with.
    Path val = folder.resolve("val");
    CommandRun.of(
            "generate", "--split", "val", "--space", "small", "--count", "1", "-o", val, "--json")
        .json();
    run = folder.resolve("run2");
    train(List.of("--architectures", val.toString())).assertRefused("OG-532", "evaluated");

    // Networks that do not fit the images or the classes.
    Path odd = folder.resolve("odd");
    CommandRun.of(
            "generate", "--space", "small", "--count", "1", "--classes", "7", "-o", odd, "--json")
        .json();
    run = folder.resolve("run3");
    train(List.of("--architectures", odd.toString())).assertRefused("OG-531", "10 scores");
    try (Stream<Path> files = Files.list(odd)) {
      Files.writeString(files.findFirst().orElseThrow(), "no model");
    }
    run = folder.resolve("run4");
    train(List.of("--architectures", odd.toString())).assertRefused("OG-531");
    assertThat(run).doesNotExist();
  }

  @Test
  void wrongUsage() {
    for (List<String> wrong :
        List.of(
            List.of("--max-minutes", "-1"),
            List.of("--max-minutes", "0"),
            List.of("--max-minutes", "Infinity"),
            List.of("--max-minutes", "NaN"),
            List.of("--max-minutes", "1e9"),
            List.of("--devices", "-1"),
            List.of("--devices", "0"),
            List.of("--devices", "100"),
            List.of("--device", "tpu"),
            List.of("--share", "0.5"),
            List.of("--resume"),
            List.of("--set", "optimizer.metaBatch=0"),
            List.of("--set", "run.precision=float8"),
            List.of("--architectures", folder.resolve("nowhere").toString()),
            List.of("--checkpoint", folder.resolve("nowhere").toString()))) {
      train(wrong).assertRefused();
      assertThat(run).as("%s", wrong).doesNotExist();
    }
    train(List.of("--set", "optimizer.learnigRate=1")).assertRefused("OG-540", "'learningRate'");
    CommandRun.of("train").assertRefused("--data");
    CommandRun.of("train", "--data", folder).assertRefused("--run");
    CommandRun.of("train", "--config", "cifar-smal", "--data", folder, "--run", run)
        .assertRefused("'cifar-small'");
  }

  @Test
  void withoutAGpuItSaysSo() {
    if (ai.djl.engine.Engine.getEngine("PyTorch").getGpuCount() == 0) {
      train(List.of("--device", "gpu")).assertRefused("OG-544", "no GPU", "--gpu");
    }
  }

  @Test
  void helpAndTheResolvedConfiguration() {
    CommandRun help = CommandRun.of("help", "train");
    assertThat(help.out())
        .contains(
            "--config",
            "--set",
            "--data",
            "--run",
            "--resume",
            "--architectures",
            "--share",
            "--max-minutes",
            "--device",
            "--devices",
            "--print-config",
            "Examples:");
    CommandRun config =
        CommandRun.of("train", "--config", "ghn3-xl", "--set", "run.seed=7", "--print-config");
    assertThat(config.code()).isZero();
    assertThat(config.out()).contains("kind: ghn3", "hidden: 384", "seed: 7");
  }
}
