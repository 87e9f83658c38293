package org.onnxghn.ghn.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.Shape;

/** GHN-2's released form (GHN3.md 8): other names and 1x1 convolutions. */
class CheckpointTensorsTest {
  private static FileTensor tensor(long[] strides, long... shape) {
    return new FileTensor(null, 64, ElementType.FLOAT, Shape.of(shape), strides);
  }

  @Test
  void pointwiseConvolutionsOfTheDecoderAreMatrices() {
    Map<String, FileTensor> stored = new LinkedHashMap<>();
    stored.put("decoder.conv.0.weight", tensor(null, 8, 4, 1, 1));
    stored.put("decoder.conv.2.weight", tensor(new long[] {1, 8, 1, 1}, 8, 4, 1, 1));
    stored.put("decoder.fc.0.weight", tensor(null, 8, 4, 1, 1));
    Map<String, FileTensor> tensors = CheckpointTensors.normalise("f", stored);
    assertThat(tensors.get("decoder.conv.0.weight"))
        .isEqualTo(new FileTensor(null, 64, ElementType.FLOAT, Shape.of(8, 4), null));
    FileTensor transposed = tensors.get("decoder.conv.2.weight");
    assertThat(transposed.shape()).isEqualTo(Shape.of(8, 4));
    assertThat(transposed.strides()).containsExactly(1, 8);
    assertThat(tensors.get("decoder.fc.0.weight").shape().rank()).isEqualTo(4);
  }

  @Test
  void namesAtTopLevelAreThoseOfTheEncoder() {
    Map<String, FileTensor> stored = new LinkedHashMap<>();
    stored.put("centrality_embed_in.weight", tensor(null, 2, 2));
    assertThat(CheckpointTensors.normalise("f", stored))
        .containsOnlyKeys("gnn.0.centrality_embed_in.weight");
    stored.put("gnn.0.centrality_embed_in.weight", tensor(null, 2, 2));
    assertThatThrownBy(() -> CheckpointTensors.normalise("f", stored))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("there twice");
  }
}
