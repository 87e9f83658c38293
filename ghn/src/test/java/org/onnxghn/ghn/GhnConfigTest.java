package org.onnxghn.ghn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.onnxghn.ghn.GhnConfig.Kind;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxGhnException;
import org.onnxghn.onnx.Shape;

class GhnConfigTest {
  @ParameterizedTest
  @CsvSource({
    "0, 1, 1, 8, 11, 10, hidden is 0",
    "18, 1, 1, 8, 11, 10, not divisible by 4",
    "16, 0, 1, 8, 11, 10, layers is 0",
    "16, 1, 3, 8, 11, 10, heads is 3",
    "16, 1, 1, -1, 11, 10, maxChannels is -1",
    "16, 1, 1, 8, 65, 10, maxSpatial is 65",
    "16, 1, 1, 8, 11, 0, numClasses is 0",
    "512, 1, 1, 1024, 16, 10, the largest tensor would have 4294967296",
    "8192, 1, 1, 1, 1, 10, the largest tensor would have 2147483648",
  })
  void refusesWhatCannotBe(int h, int l, int heads, int c, int s, int k, String message) {
    assertThatThrownBy(() -> new GhnConfig(Kind.GHN3, h, l, heads, c, s, k, true, true, true))
        .isInstanceOfSatisfying(
            OnnxGhnException.class, e -> assertThat(e.code()).isEqualTo("OG-300"))
        .hasMessageContaining(message);
  }

  private static GhnConfig config(Kind kind, int layers, int heads) {
    return new GhnConfig(kind, 16, layers, heads, 8, 11, 10, true, true, true);
  }

  /** A checkpoint of theirs says 1, so that it fits what it was trained as. */
  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"GHN2", "MLP"})
  void encodersWithoutLayersHaveOneOfOneHead(Kind kind, @TempDir Path folder) {
    GhnConfig config = config(kind, 3, 5);
    assertThat(config.layers()).isEqualTo(1);
    assertThat(config.heads()).isEqualTo(1);
    assertThat(config).isEqualTo(config(kind, 1, 1));
    Path file = folder.resolve("random.safetensors");
    Checkpoint.initialise(config, 1).write(file, ElementType.FLOAT);
    try (Checkpoint read = Checkpoint.read(file)) {
      assertThat(read.config()).isEqualTo(config);
    }
    assertThat(config(Kind.GHN3, 3, 4).layers()).isEqualTo(3);
    assertThat(config(Kind.GHN3, 3, 4).heads()).isEqualTo(4);
  }

  @Test
  void anUnknownPresetListsTheKnownOnes() {
    assertThatThrownBy(() -> GhnConfig.preset("ghn4"))
        .isInstanceOfSatisfying(
            GhnConfigException.class,
            e -> assertThat(e.fix()).isEqualTo("use one of ghn3-t, ghn3-s, ghn3-l, ghn3-xl, ghn2"));
    assertThat(GhnConfig.preset("GHN3-XL").hidden()).isEqualTo(384);
  }

  @ParameterizedTest
  @CsvSource({"10, 392", "1000, 392", "100, 392", "64, 391", "8192, 391", "20000, 392"})
  void theClassCountIsAChannelCount(int classes, int rows) {
    assertThat(GhnConfig.preset("ghn3-t").withNumClasses(classes).tensors())
        .containsEntry("shape_enc.embed_channel.weight", Shape.of(rows, 16))
        .containsEntry("bias_class.1.weight", Shape.of(classes, 64));
  }
}
