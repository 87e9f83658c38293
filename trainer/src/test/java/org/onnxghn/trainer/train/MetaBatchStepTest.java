package org.onnxghn.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.onnxghn.SharedData;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.GhnParameters;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.ghn.checkpoint.CheckpointImporter;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.deepnets.DeepNets;
import org.onnxghn.trainer.deepnets.Space;
import org.onnxghn.trainer.deepnets.Split;
import org.onnxghn.trainer.deepnets.Variant;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.optim.AdamW;

class MetaBatchStepTest {
  private static final double GAMMA = 3e-5;
  private static final DeepNets NETWORKS =
      DeepNets.of(Split.TRAIN, Variant.CIFAR, Space.SMALL, 7, 10);

  private final NDManager manager = NDManager.newBaseManager();
  private final Random random = new Random(3);

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray images(int count, DataType type) {
    float[] pixels = new float[count * 3 * 32 * 32];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextGaussian();
    }
    NDArray images = manager.create(pixels, new Shape(count, 3, 32, 32));
    return type == DataType.FLOAT32 ? images : images.toType(type, true);
  }

  private NDArray labels(int count) {
    return manager.create(random.longs(count, 0, 10).toArray());
  }

  private static List<TargetNetwork> networks(int count, DataType type) {
    List<TargetNetwork> networks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      networks.add(TargetNetwork.of(NETWORKS.get(i), type));
    }
    return networks;
  }

  private NetworkLoss loss() {
    return new NetworkLoss(manager.getDevice(), GAMMA, false, 0.1);
  }

  private static GhnConfig config() {
    return new GhnConfig(GhnConfig.Kind.GHN3, 16, 1, 4, 32, 11, 10, true, true, true);
  }

  private MetaBatchStep.Outcome run(
      Ghn ghn, int workers, List<TargetNetwork> networks, NDArray images, NDArray labels) {
    ghn.parameters()
        .tensors()
        .values()
        .forEach(leaf -> leaf.getGradient().subi(leaf.getGradient()));
    try (MetaBatchStep step = new MetaBatchStep(ghn, loss(), workers, new PhaseTimes());
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      return step.run(networks, images, labels, 5);
    }
  }

  /** The gradient of the whole step against central differences, in float64. */
  @Test
  void gradientsAgreeWithDifferences() {
    try (Checkpoint checkpoint =
            CheckpointImporter.read(
                SharedData.path("golden/checkpoints/ghn3_tiny.public.joblib.pt"));
        Ghn ghn = Ghn.of(GhnParameters.copy(checkpoint, DataType.FLOAT64))) {
      ghn.parameters().requireGradients(true);
      // No dropout and no maximum whose argument changes sides: smooth enough for differences.
      List<TargetNetwork> networks = List.of(TargetNetwork.of(smooth(), DataType.FLOAT64));
      NDArray images = images(4, DataType.FLOAT64);
      NDArray labels = labels(4);
      run(ghn, 1, networks, images, labels);
      Map<String, double[]> gradients = new LinkedHashMap<>();
      ghn.parameters()
          .tensors()
          .forEach((name, leaf) -> gradients.put(name, leaf.getGradient().toDoubleArray()));
      assertThat(gradients.values().stream().filter(g -> Arrays.stream(g).anyMatch(v -> v != 0)))
          .hasSizeGreaterThan(gradients.size() * 2 / 3);
      gradients.forEach((name, gradient) -> compare(ghn, name, gradient, networks, images, labels));
      networks.forEach(TargetNetwork::close);
    }
  }

  private Architecture smooth() {
    return new Architecture("smooth", SmoothNetwork.model(), Map.of());
  }

  private void compare(
      Ghn ghn,
      String name,
      double[] gradient,
      List<TargetNetwork> networks,
      NDArray images,
      NDArray labels) {
    NDArray leaf = ghn.parameters().get(name);
    int samples = Integer.getInteger("onnxghn.gradientSamples", 2);
    // The largest component, and some others at random.
    int largest =
        IntStream.range(0, gradient.length)
            .reduce(0, (a, b) -> Math.abs(gradient[b]) > Math.abs(gradient[a]) ? b : a);
    int[] places =
        IntStream.concat(
                IntStream.of(largest),
                random.ints(Math.min(samples, gradient.length) - 1L, 0, gradient.length))
            .toArray();
    for (int at : places) {
      double step = 1e-5;
      double[] values = leaf.toDoubleArray();
      double middle = values[at];
      double difference =
          (value(ghn, leaf, values, at, middle + step, networks, images, labels)
                  - value(ghn, leaf, values, at, middle - step, networks, images, labels))
              / (2 * step);
      set(leaf, values, at, middle);
      assertThat(gradient[at])
          .as(name + " at " + at)
          .isCloseTo(difference, within(1e-5 * Math.abs(difference) + 1e-9));
    }
  }

  private double value(
      Ghn ghn,
      NDArray leaf,
      double[] values,
      int at,
      double changed,
      List<TargetNetwork> networks,
      NDArray images,
      NDArray labels) {
    set(leaf, values, at, changed);
    return run(ghn, 1, networks, images, labels).loss();
  }

  private void set(NDArray leaf, double[] values, int at, double value) {
    values[at] = value;
    Autograd.off(
        () -> {
          try (NDArray changed = manager.create(values, leaf.getShape())) {
            changed.copyTo(leaf);
          }
          return null;
        });
  }

  @Test
  void workersGiveTheSameGradient() {
    NDArray images = images(8, DataType.FLOAT32);
    NDArray labels = labels(8);
    List<TargetNetwork> networks = networks(3, DataType.FLOAT32);
    List<Map<String, float[]>> gradients = new ArrayList<>();
    for (int workers : new int[] {1, 2}) {
      try (Ghn ghn =
          Ghn.of(GhnParameters.copy(Checkpoint.initialise(config(), 1), DataType.FLOAT32))) {
        ghn.parameters().requireGradients(true);
        run(ghn, workers, networks, images, labels);
        Map<String, float[]> own = new LinkedHashMap<>();
        ghn.parameters()
            .tensors()
            .forEach((name, leaf) -> own.put(name, leaf.getGradient().toFloatArray()));
        gradients.add(own);
      }
    }
    networks.forEach(TargetNetwork::close);
    gradients
        .get(0)
        .forEach(
            (name, one) -> {
              float[] two = gradients.get(1).get(name);
              double largest = 1e-6;
              for (float value : one) {
                largest = Math.max(largest, Math.abs(value));
              }
              for (int i = 0; i < one.length; i++) {
                assertThat((double) two[i]).as(name).isCloseTo(one[i], within(1e-3 * largest));
              }
            });
  }

  /** Shows that the whole path of gradients is there. */
  @Test
  void learnsOneArchitectureByHeart() {
    NDArray images = images(40, DataType.FLOAT32);
    NDArray labels = labels(40);
    try (Ghn ghn =
            Ghn.of(GhnParameters.copy(Checkpoint.initialise(config(), 1), DataType.FLOAT32));
        TargetNetwork network = TargetNetwork.of(NETWORKS.get(2));
        AdamW adam =
            new AdamW(
                ghn.parameters().tensors(), 0.9, 0.999, 1e-8, 0, name -> true, Weights::isTable)) {
      ghn.parameters().requireGradients(true);
      MetaBatchStep.Outcome outcome = null;
      for (int i = 0; i < 120 && (outcome == null || outcome.top1() < 0.7); i++) {
        outcome = run(ghn, 1, List.of(network), images, labels);
        adam.step(3e-3);
      }
      assertThat(outcome.top1()).isGreaterThan(0.55);
    }
  }
}
