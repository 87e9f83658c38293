package org.onnxghn.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.onnxghn.ghn.Ghn;

/** Steps on random images. */
final class RandomStep implements AutoCloseable {
  private static final double GAMMA = 3e-5;

  private final NDManager manager = NDManager.newBaseManager();
  private final Random random = new Random(3);

  NDArray images(int count, DataType type) {
    float[] pixels = new float[count * 3 * 32 * 32];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextGaussian();
    }
    NDArray images = manager.create(pixels, new Shape(count, 3, 32, 32));
    return type == DataType.FLOAT32 ? images : images.toType(type, true);
  }

  NDArray labels(int count) {
    return manager.create(random.longs(count, 0, 10).toArray());
  }

  private NetworkLoss loss() {
    return new NetworkLoss(manager.getDevice(), GAMMA, false, 0.1);
  }

  /** Sets all gradients to zero. */
  static void clear(Ghn ghn) {
    ghn.parameters()
        .tensors()
        .values()
        .forEach(leaf -> leaf.getGradient().subi(leaf.getGradient()));
  }

  /** From gradients of zero on, on one device. */
  MetaBatchStep.Outcome run(
      Ghn ghn, int workers, List<TargetNetwork> networks, NDArray images, NDArray labels) {
    clear(ghn);
    return run(List.of(ghn), workers, networks, images, labels, 1);
  }

  /** On top of the gradients that there are. */
  MetaBatchStep.Outcome run(
      List<Ghn> ghns,
      int workers,
      List<TargetNetwork> networks,
      NDArray images,
      NDArray labels,
      double scale) {
    List<MetaBatchStep.Replica> replicas =
        ghns.stream().map(ghn -> new MetaBatchStep.Replica(ghn, loss())).toList();
    try (MetaBatchStep step = new MetaBatchStep(replicas, workers, new PhaseTimes());
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      return step.run(networks, images, labels, 5, scale);
    }
  }

  static Map<String, float[]> gradients(Ghn ghn) {
    Map<String, float[]> gradients = new LinkedHashMap<>();
    ghn.parameters()
        .tensors()
        .forEach((name, leaf) -> gradients.put(name, leaf.getGradient().toFloatArray()));
    return gradients;
  }

  NDManager manager() {
    return manager;
  }

  Random random() {
    return random;
  }

  @Override
  public void close() {
    manager.close();
  }
}
