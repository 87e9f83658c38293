package org.onnxghn.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.onnxghn.SharedData;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.ghn.GhnParameters;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.ghn.checkpoint.CheckpointImporter;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.exec.Precision;

/** A whole step in float64 against central differences. */
class StepGradientsTest {
  /**
   * The hypernetwork has ReLU: where its kink lies within the step, differences are wrong, and a
   * smaller step, which rounds more, leaves it outside.
   */
  private static final double[] STEPS = {1e-5, 1e-6, 1e-7};

  private final RandomStep trial = new RandomStep();

  @AfterEach
  void close() {
    trial.close();
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
      List<TargetNetwork> networks =
          List.of(TargetNetwork.of(smooth(), DataType.FLOAT64, Precision.FLOAT32));
      NDArray images = trial.images(4, DataType.FLOAT64);
      NDArray labels = trial.labels(4);
      trial.run(ghn, 1, networks, images, labels);
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
    int samples = Integer.getInteger("onnxghn.gradientSamples", 4);
    // The largest component, and some others at random.
    int largest =
        IntStream.range(0, gradient.length)
            .reduce(0, (a, b) -> Math.abs(gradient[b]) > Math.abs(gradient[a]) ? b : a);
    int[] places =
        IntStream.concat(
                IntStream.of(largest),
                trial.random().ints(Math.min(samples, gradient.length) - 1L, 0, gradient.length))
            .toArray();
    for (int at : places) {
      double difference = 0;
      for (double step : STEPS) {
        difference = difference(ghn, leaf, at, step, networks, images, labels);
        if (Math.abs(gradient[at] - difference) <= tolerance(difference)) {
          break;
        }
      }
      assertThat(gradient[at])
          .as(name + " at " + at)
          .isCloseTo(difference, within(tolerance(difference)));
    }
  }

  private static double tolerance(double difference) {
    return 1e-5 * Math.abs(difference) + 1e-9;
  }

  private double difference(
      Ghn ghn,
      NDArray leaf,
      int at,
      double step,
      List<TargetNetwork> networks,
      NDArray images,
      NDArray labels) {
    double[] values = leaf.toDoubleArray();
    double middle = values[at];
    double above = value(ghn, leaf, values, at, middle + step, networks, images, labels);
    double below = value(ghn, leaf, values, at, middle - step, networks, images, labels);
    set(leaf, values, at, middle);
    return (above - below) / (2 * step);
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
    return trial.run(ghn, 1, networks, images, labels).loss();
  }

  private void set(NDArray leaf, double[] values, int at, double value) {
    values[at] = value;
    Autograd.off(
        () -> {
          try (NDArray changed = trial.manager().create(values, leaf.getShape())) {
            changed.copyTo(leaf);
          }
          return null;
        });
  }
}
