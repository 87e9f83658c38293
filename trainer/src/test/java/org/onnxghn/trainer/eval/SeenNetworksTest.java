package org.onnxghn.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.WriteOptions;
import org.onnxghn.trainer.deepnets.DeepNets;
import org.onnxghn.trainer.deepnets.Space;
import org.onnxghn.trainer.deepnets.Split;
import org.onnxghn.trainer.deepnets.Variant;

/** Files of the list of networks that the hypernetwork was trained with. */
class SeenNetworksTest extends EvaluationFixture {
  private static final DeepNets LIST = DeepNets.of(Split.TRAIN, Variant.CIFAR, Space.SMALL, 1, 3);

  private Path trainedWith(String architectures) {
    Path file = folder.resolve("trained.safetensors");
    try (Checkpoint plain = Checkpoint.read(checkpoint)) {
      plain
          .described("trained", Map.of("training.architectures", architectures))
          .write(file, ElementType.FLOAT);
    }
    return file;
  }

  @ParameterizedTest
  @ValueSource(strings = {"zero-shot", "fine-tune", "transfer"})
  void filesThatGenerateWroteOfThatListAreRefused(String protocol) throws IOException {
    checkpoint = trainedWith(LIST.identity());
    networks = Files.createDirectories(folder.resolve("generated"));
    SmallNetworks.network(12, 3).write(networks.resolve("own.onnx"), WriteOptions.DEFAULT);
    LIST.get(2).model().write(networks.resolve("renamed.onnx"), WriteOptions.DEFAULT);
    Path out = folder.resolve("run");
    Run run = evaluate(protocol, "--run", out);
    assertThat(run.code()).as(run.err()).isEqualTo(2);
    assertThat(run.err()).contains("OG-532", "renamed.onnx").doesNotContain("own.onnx");
    assertThat(out).doesNotExist();
  }

  @Test
  void aCheckpointMayNameAListTwice() {
    checkpoint = trainedWith(LIST.identity() + "," + LIST.identity());
    Run run = evaluate("zero-shot", "--batch", 8);
    assertThat(run.code()).as(run.err()).isZero();
  }
}
