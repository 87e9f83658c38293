package org.onnxghn.trainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.trainer.CommandRun;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.deepnets.ArchitectureHash;
import org.onnxghn.trainer.deepnets.DeepNets;
import org.onnxghn.trainer.deepnets.Space;
import org.onnxghn.trainer.deepnets.Split;
import org.onnxghn.trainer.deepnets.Variant;
import org.onnxghn.trainer.train.SmallRun;

class ZeroShotCommandTest {
  @TempDir private Path folder;
  private Path checkpoint;
  private Path data;

  @BeforeEach
  void prepare() {
    data = SmallRun.images(folder);
    checkpoint = checkpoint("c", 10, Map.of());
  }

  private Path checkpoint(String name, int classes, Map<String, String> provenance) {
    GhnConfig config =
        new GhnConfig(GhnConfig.Kind.GHN3, 16, 1, 4, 16, 11, classes, true, true, true);
    Path path = folder.resolve(name + ".safetensors");
    try (Checkpoint random = Checkpoint.initialise(config, 1)) {
      Checkpoint.of(name, config, provenance, random::floats).write(path, ElementType.FLOAT);
    }
    return path;
  }

  private CommandRun evaluate(Path of, Object... more) {
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                "evaluate",
                "zero-shot",
                "--checkpoint",
                of,
                "--data",
                data,
                "--cache",
                folder.resolve("cache")));
    arguments.addAll(Arrays.asList(more));
    return CommandRun.of(arguments);
  }

  @Test
  void jsonAsDocumented() {
    JsonNode report =
        evaluate(checkpoint, "--split", "test", "--count", "2", "--format", "json").json();
    assertThat(report.path("command").asText()).isEqualTo("evaluate");
    assertThat(report.path("protocol").asText()).isEqualTo("zero-shot");
    assertThat(report.path("checkpoint").path("kind").asText()).isEqualTo("ghn3");
    assertThat(report.path("data").path("images").asInt()).isEqualTo(128);
    assertThat(report.path("data").path("sha256").asText()).hasSize(64);
    assertThat(report.path("networks")).hasSize(2);
    JsonNode network = report.path("networks").get(0);
    assertThat(network.path("split").asText()).isEqualTo("test");
    assertThat(network.path("parameters").asLong()).isPositive();
    assertThat(network.path("zeroShot").path("top1").asDouble())
        .isBetween(0.0, network.path("zeroShot").path("top5").asDouble());
    JsonNode summary = report.path("summary").path("test");
    assertThat(summary.path("networks").asInt()).isEqualTo(2);
    assertThat(summary.path("max").asDouble())
        .isGreaterThanOrEqualTo(summary.path("mean").asDouble());

    Path nets = folder.resolve("nets");
    CommandRun.of("generate", "--space", "small", "--count", "2", "-o", nets, "--json").json();
    JsonNode own = evaluate(checkpoint, "--networks", nets + "/*.onnx", "--json").json();
    for (int i = 0; i < 2; i++) {
      // The files are the networks that the split has.
      assertThat(own.path("networks").get(i).path("zeroShot"))
          .isEqualTo(report.path("networks").get(i).path("zeroShot"));
    }
  }

  @Test
  void textHasARowForEachNetwork() {
    CommandRun run = evaluate(checkpoint, "--count", "1", "--images", "32", "--batch", "16");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("Zero-shot top-1 accuracy")
        .containsPattern("val +1 +32 ")
        .contains("deepnets-small-cifar-val-1-0");
  }

  @Test
  void networksOfASplitThatWereTrainedWithAsFilesAreRefused() {
    Architecture second = DeepNets.of(Split.TEST, Variant.CIFAR, Space.SMALL, 1, 10).get(1);
    String hashes = "0".repeat(64) + "," + ArchitectureHash.of(second.model());
    Path trained = checkpoint("trained", 10, Map.of("training.architectures", hashes));
    evaluate(trained, "--split", "test", "--count", "2", "--run", folder.resolve("run"))
        .assertRefused("OG-532", "deepnets-small-cifar-test-1-1");
    evaluate(trained, "--split", "test", "--count", "1", "--images", "16", "--json").json();
  }

  private static String timed(Path checkpoint, Object... more) {
    List<Object> arguments =
        new ArrayList<>(List.of("evaluate", "time", "--checkpoint", checkpoint, "--json"));
    arguments.addAll(List.of("--count", "1", "--repetitions", "1"));
    arguments.addAll(Arrays.asList(more));
    return CommandRun.of(arguments).json().path("networks").path(0).path("name").asText();
  }

  @Test
  void theUsualNetworksAreThoseThatTheCheckpointWasTrainedWith() {
    assertThat(timed(checkpoint)).isEqualTo("deepnets-small-cifar-val-1-0");
    String key = "training.config";
    Path full = checkpoint("full", 10, Map.of(key, "preset: ghn3-t"));
    assertThat(timed(full)).isEqualTo("deepnets-full-imagenet-val-1-0");
    assertThat(timed(full, "--space", "small", "--image-size", 32))
        .isEqualTo("deepnets-small-cifar-val-1-0");
    Path other = checkpoint("other", 10, Map.of(key, "architectures: {size: 3}"));
    evaluate(other, "--count", "1").assertRefused("OG-540", "'size'", "--space and --image-size");
    assertThat(timed(other, "--space", "small", "--image-size", 32))
        .isEqualTo("deepnets-small-cifar-val-1-0");
  }

  @Test
  void theEmbeddedCheckpointHasTheSmallSpace() {
    CommandRun run = CommandRun.of("evaluate", "time", "--count", 1, "--repetitions", 1);
    assertThat(run.out()).contains("deepnets-small-cifar-val-1-0");
  }

  @Test
  void wrongUsage() {
    evaluate(checkpoint, "--count", "0").assertRefused("--count");
    evaluate(checkpoint, "--device", "tpu").assertRefused("--device");
    evaluate(checkpoint, "--image-size", "48").assertRefused("32 or 224");
    evaluate(checkpoint, "--networks", folder.resolve("none")).assertRefused("OG-530");
    evaluate(checkpoint, "--networks", folder, "--split", "test").assertRefused("--split");
    evaluate(checkpoint, "--networks", folder, "--space", "small").assertRefused("--space");
    evaluate(folder.resolve("none")).assertRefused();
    evaluate(checkpoint("other", 7, Map.of()), "--count", "1").assertRefused("7 classes");
    evaluate(
            checkpoint(
                "trained", 10, Map.of("training.architectures", "deepnets-small-cifar-test-1")),
            "--split",
            "test")
        .assertRefused("OG-532", "--split");
    CommandRun.of("evaluate").assertRefused("zero-shot");
    assertThat(CommandRun.of("evaluate", "zero-shot", "--help").out()).contains("Examples:");
  }
}
