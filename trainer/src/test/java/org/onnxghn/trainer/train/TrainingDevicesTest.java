package org.onnxghn.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import org.junit.jupiter.api.Test;

class TrainingDevicesTest {
  @Test
  void allOfThemUpToTheMetaBatch() {
    assertThat(TrainingDevices.of("auto", 0, 4, 0, 16)).isEqualTo(TrainingDevices.cpu(4));
    assertThat(TrainingDevices.of("auto", 0, 4, 0, 2)).isEqualTo(TrainingDevices.cpu(2));
    assertThat(TrainingDevices.of("cpu", 3, 4, 8, 2)).isEqualTo(TrainingDevices.cpu(3));
    TrainingDevices two = TrainingDevices.of("auto", 2, 8, 4, 16);
    assertThat(two.devices()).containsExactly(Device.gpu(0), Device.gpu(1));
    assertThat(two.workers()).isEqualTo(2);
    assertThat(two.isGpu()).isTrue();
    assertThat(TrainingDevices.of("gpu", 0, 2, 4, 16).devices()).hasSize(2);
  }

  /** On the CPU more than two workers have copies, so that their gradients add up in one order. */
  @Test
  void whoseOrderWouldCountHasAHypernetworkOfItsOwn() {
    for (int workers : new int[] {1, 2}) {
      assertThat(TrainingDevices.cpu(workers).replicas()).containsExactly(Device.cpu());
    }
    assertThat(TrainingDevices.cpu(3).replicas()).hasSize(3).containsOnly(Device.cpu());
    assertThat(TrainingDevices.cpu(4).replicas()).hasSize(4).containsOnly(Device.cpu());
    TrainingDevices gpus = TrainingDevices.of("gpu", 0, 4, 4, 16);
    assertThat(gpus.replicas()).isEqualTo(gpus.devices()).hasSize(4);
  }

  @Test
  void saysWhichAreMissing() {
    assertRefused("gpu", 0, 0, "PyTorch sees no GPU");
    assertRefused("auto", 3, 2, "PyTorch sees 2 GPUs, not 3");
    assertRefused("cpu", 9, 0, "9 devices cannot share 8 architectures");
  }

  private static void assertRefused(String kind, int number, int gpus, String message) {
    assertThatThrownBy(() -> TrainingDevices.of(kind, number, 8, gpus, 2))
        .isInstanceOfSatisfying(
            TrainingException.class, e -> assertThat(e.code()).isEqualTo(TrainingException.DEVICE))
        .hasMessageContaining(message);
  }
}
