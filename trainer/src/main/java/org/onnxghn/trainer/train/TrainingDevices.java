package org.onnxghn.trainer.train;

import ai.djl.Device;
import ai.djl.engine.Engine;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.onnxghn.trainer.exec.ComputeThreads;

/**
 * Where a run computes.
 *
 * @param devices the GPUs, or the CPU
 * @param workers that share the architectures of a step
 */
public record TrainingDevices(List<Device> devices, int workers) {
  /** Keeps the devices from changes. */
  public TrainingDevices {
    devices = List.copyOf(devices);
  }

  /** So many workers on the CPU. */
  public static TrainingDevices cpu(int workers) {
    return new TrainingDevices(List.of(Device.cpu()), workers);
  }

  /**
   * What {@code --device} and {@code --devices} name.
   *
   * @param kind {@code cpu}, {@code gpu}, or {@code auto}: GPUs where there are any
   * @param number of GPUs or of workers on the CPU; 0 for all, at most {@code metaBatch}
   * @throws TrainingException OG-544 when there are not so many GPUs
   */
  public static TrainingDevices of(String kind, int number, int metaBatch) {
    int gpus = kind.equals("cpu") ? 0 : Engine.getEngine("PyTorch").getGpuCount();
    return of(kind, number, metaBatch, gpus, ComputeThreads.cores());
  }

  static TrainingDevices of(String kind, int number, int metaBatch, int gpus, int cores) {
    boolean cpu = kind.equals("cpu") || kind.equals("auto") && gpus == 0;
    int there = cpu ? cores : gpus;
    int workers = number > 0 ? number : Math.min(Math.max(1, there), metaBatch);
    if (workers > metaBatch) {
      throw new TrainingException(
          TrainingException.DEVICE,
          "%d devices cannot share %d architectures".formatted(workers, metaBatch),
          "Use fewer --devices, or --set optimizer.metaBatch=" + workers + ".");
    }
    if (cpu) {
      return cpu(workers);
    }
    if (workers > gpus) {
      throw new TrainingException(
          TrainingException.DEVICE,
          gpus == 0
              ? "PyTorch sees no GPU"
              : "PyTorch sees %d GPUs, not %d".formatted(gpus, workers),
          "Use --device cpu, or start with './onnx-ghn --gpu' on a machine with an NVIDIA GPU and"
              + " its driver; PYTORCH_LIBRARY_PATH may name a folder with PyTorch for CUDA.");
    }
    return new TrainingDevices(IntStream.range(0, workers).mapToObj(Device::gpu).toList(), workers);
  }

  /** The one with the weights that the optimizer changes. */
  public Device first() {
    return devices.get(0);
  }

  /**
   * Where a copy of the hypernetwork is. Each GPU has one; on the CPU two workers share one, since
   * the sum of two gradients does not depend on which is first. That of three does in its last
   * bits, so that more workers have copies, whose gradients are added in their order.
   */
  List<Device> replicas() {
    return isGpu() || workers <= 2 ? devices : Collections.nCopies(workers, Device.cpu());
  }

  boolean isGpu() {
    return !first().equals(Device.cpu());
  }
}
