package org.onnxghn.ghn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.onnxghn.ghn.GhnConfig.Ablation;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.onnx.ElementType;

/** What is left out has no influence; the same tensors have one where nothing is left out. */
class AblationTest {
  private static final Map<Ablation, String> TENSORS =
      Map.of(
          Ablation.EDGES, "gnn.0.attn.proj_e.2.weight",
          Ablation.CENTRALITY, "gnn.0.centrality_embed_in.weight",
          Ablation.INPUT_DISTANCE, "gnn.0.input_dist_embed.weight");

  @TempDir private Path folder;

  private static GhnConfig config(Set<Ablation> without) {
    return new GhnConfig(GhnConfig.Kind.GHN3, 16, 2, 4, 16, 11, 10, true, true, true, without);
  }

  private static Map<ParameterSlot, float[]> predict(Set<Ablation> without, String doubled) {
    try (Ghn ghn =
        Ghn.of(GhnParameters.copy(Checkpoint.initialise(config(without), 1), DataType.FLOAT32))) {
      if (doubled != null) {
        NDArray tensor = ghn.parameters().get(doubled);
        tensor.addi(tensor);
      }
      return ghn.predict(Goldens.SMALL.graph("small_cnn")).values();
    }
  }

  private static boolean equal(Map<ParameterSlot, float[]> one, Map<ParameterSlot, float[]> two) {
    return one.entrySet().stream()
        .allMatch(entry -> java.util.Arrays.equals(entry.getValue(), two.get(entry.getKey())));
  }

  @ParameterizedTest
  @EnumSource
  void whatIsLeftOutHasNoInfluence(Ablation part) {
    Map<ParameterSlot, float[]> all = predict(Set.of(), null);
    Map<ParameterSlot, float[]> ablated = predict(Set.of(part), null);
    assertThat(equal(all, ablated)).isFalse();
    if (TENSORS.containsKey(part)) {
      assertThat(equal(all, predict(Set.of(), TENSORS.get(part)))).isFalse();
      assertThat(equal(ablated, predict(Set.of(part), TENSORS.get(part)))).isTrue();
    }
  }

  @Test
  void aCheckpointRemembers() {
    GhnConfig config = config(Set.of(Ablation.EDGES, Ablation.CENTRALITY));
    Path file = folder.resolve("ablated.safetensors");
    try (Checkpoint checkpoint = Checkpoint.initialise(config, 1)) {
      checkpoint.write(file, ElementType.FLOAT);
    }
    try (Checkpoint read = Checkpoint.read(file)) {
      assertThat(read.config()).isEqualTo(config);
    }
  }

  @Test
  void onlyGhn3HasSuchParts() {
    assertThatThrownBy(
            () ->
                new GhnConfig(
                    GhnConfig.Kind.MLP,
                    16,
                    1,
                    1,
                    16,
                    11,
                    10,
                    true,
                    true,
                    true,
                    Set.of(Ablation.EDGES)))
        .isInstanceOf(GhnConfigException.class);
  }
}
