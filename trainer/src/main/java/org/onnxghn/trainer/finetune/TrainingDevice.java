package org.onnxghn.trainer.finetune;

import ai.djl.Device;
import ai.djl.engine.Engine;

/** What {@code --device} names. */
final class TrainingDevice {
  private TrainingDevice() {}

  /**
   * {@code cpu}, {@code gpu}, {@code gpu:N}, or {@code auto}: the first GPU where there is one.
   *
   * @throws FineTuneException OG-528 when it is not there, OG-520 when it is none of these
   */
  static Device of(String name) {
    int gpus = name.equals("cpu") ? 0 : Engine.getEngine("PyTorch").getGpuCount();
    if (name.equals("cpu") || name.equals("auto") && gpus == 0) {
      return Device.cpu();
    }
    int index;
    if (name.equals("auto") || name.equals("gpu")) {
      index = 0;
    } else if (name.matches("gpu:[0-9]{1,3}")) {
      index = Integer.parseInt(name.substring("gpu:".length()));
    } else {
      throw new FineTuneException(
          FineTuneException.OPTION,
          "--device " + name + " is no device",
          "Give cpu, gpu, gpu:1 (the second GPU), or auto.");
    }
    if (index >= gpus) {
      throw new FineTuneException(
          FineTuneException.DEVICE,
          "device %s is not there: PyTorch sees %d GPUs".formatted(name, gpus),
          "Use --device cpu, or install PyTorch's native libraries for CUDA (PYTORCH_LIBRARY_PATH).");
    }
    return Device.gpu(index);
  }
}
