package org.onnxghn.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LossScaleTest {
  @Test
  void doublesAfterAHundredGoodSteps() {
    LossScale scale = new LossScale(true);
    for (int i = 0; i < 99; i++) {
      scale.good();
    }
    assertThat(scale.value()).isEqualTo(65536);
    scale.good();
    assertThat(scale.value()).isEqualTo(131072);
    for (int i = 0; i < 99; i++) {
      scale.good();
    }
    assertThat(scale.overflowed()).isTrue();
    assertThat(scale.value()).isEqualTo(65536);
    scale.good();
    assertThat(scale.value()).as("the count began again").isEqualTo(65536);
  }

  @Test
  void staysAboutItsFloor() {
    LossScale scale = new LossScale(true);
    for (int i = 0; i < 6; i++) {
      assertThat(scale.overflowed()).isTrue();
    }
    assertThat(scale.value()).isEqualTo(1024);
    assertThat(scale.overflowed()).as("it is not the scale's fault any more").isFalse();
    assertThat(scale.value()).isEqualTo(1024);
  }

  @Test
  void withoutFloat16ThereIsNone() {
    LossScale scale = new LossScale(false);
    assertThat(scale.overflowed()).isFalse();
    assertThat(scale.value()).isEqualTo(1);
    assertThat(scale.values()).isEmpty();
    assertThat(new LossScale(true).values()).containsEntry("lossScale", "65536.0");
  }
}
