package org.onnxghn.converter.images;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NormalisationTest {
  @Test
  void entriesComeInOneOrderAndAreReadBack() {
    Normalisation standard = Normalisation.standard(3);
    assertThat(standard.entries().keySet())
        .containsExactly("onnx-ghn.image.mean", "onnx-ghn.image.std");
    assertThat(Normalisation.stored(standard.entries()).orElseThrow().mean())
        .isEqualTo(standard.mean());
  }
}
