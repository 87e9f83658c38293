package org.onnxghn.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
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
import org.onnxghn.trainer.exec.Precision;
import org.onnxghn.trainer.exec.TensorCopy;
import org.onnxghn.trainer.optim.AdamW;
import org.onnxghn.trainer.optim.GradientClip;

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
      networks.add(TargetNetwork.of(NETWORKS.get(i), type, Precision.FLOAT32));
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
    return run(List.of(ghn), workers, networks, images, labels, 1);
  }

  private MetaBatchStep.Outcome run(
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
    int samples = Integer.getInteger("onnxghn.gradientSamples", 4);
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

  private static Ghn trainable() {
    Ghn ghn = Ghn.of(GhnParameters.copy(Checkpoint.initialise(config(), 1), DataType.FLOAT32));
    ghn.parameters().requireGradients(true);
    return ghn;
  }

  private static Map<String, float[]> gradients(Ghn ghn) {
    Map<String, float[]> gradients = new LinkedHashMap<>();
    ghn.parameters()
        .tensors()
        .forEach((name, leaf) -> gradients.put(name, leaf.getGradient().toFloatArray()));
    return gradients;
  }

  private static void assertClose(
      Map<String, float[]> actual, Map<String, float[]> expected, double relative) {
    expected.forEach(
        (name, one) -> {
          float[] two = actual.get(name);
          double largest = 1e-6;
          for (float value : one) {
            largest = Math.max(largest, Math.abs(value));
          }
          for (int i = 0; i < one.length; i++) {
            assertThat((double) two[i]).as(name).isCloseTo(one[i], within(relative * largest));
          }
        });
  }

  private static boolean drops(TargetNetwork network, int index) {
    return NETWORKS.get(index).model().proto().getGraph().getNodeList().stream()
        .anyMatch(node -> node.getOpType().equals("Dropout"));
  }

  /** Workers that share one hypernetwork, and devices with copies of it, dropout included. */
  @Test
  void workersAndDevicesGiveTheSameGradient() {
    NDArray images = images(8, DataType.FLOAT32);
    NDArray labels = labels(8);
    List<TargetNetwork> networks = networks(5, DataType.FLOAT32);
    assertThat(IntStream.range(0, 5).anyMatch(i -> drops(networks.get(i), i))).isTrue();
    try (Ghn ghn = trainable();
        Replicas replicas = new Replicas(ghn, List.of(Device.cpu(), Device.cpu()))) {
      double loss = run(ghn, 1, networks, images, labels).loss();
      Map<String, float[]> expected = gradients(ghn);
      assertThat(run(ghn, 2, networks, images, labels).loss()).isCloseTo(loss, within(1e-5));
      assertClose(gradients(ghn), expected, 1e-3);

      ghn.parameters()
          .tensors()
          .values()
          .forEach(leaf -> leaf.getGradient().subi(leaf.getGradient()));
      run(replicas.all(), 2, networks, images, labels, 1);
      assertThat(replicas.all()).hasSize(2);
      Map<String, float[]> alone = gradients(ghn);
      replicas.gatherGradients();
      assertClose(gradients(ghn), expected, 1e-3);
      assertThat(alone.get("ln.weight")).isNotEqualTo(gradients(ghn).get("ln.weight"));
      assertThat(gradients(replicas.all().get(1)).values())
          .allSatisfy(gradient -> assertThat(gradient).containsOnly(0));

      NDArray weight = ghn.parameters().get("ln.weight");
      set(weight, new float[] {2});
      replicas.spreadWeights();
      assertThat(replicas.all().get(1).parameters().get("ln.weight").toFloatArray())
          .isEqualTo(weight.toFloatArray())
          .startsWith(2);
    }
    networks.forEach(TargetNetwork::close);
  }

  private void set(NDArray leaf, float[] first) {
    float[] values = leaf.toFloatArray();
    System.arraycopy(first, 0, values, 0, first.length);
    try (NDArray changed = manager.create(values, leaf.getShape())) {
      TensorCopy.copy(List.of(leaf), List.of(changed));
    }
  }

  @Test
  void clippingTakesTheScaleOut() {
    NDArray images = images(4, DataType.FLOAT32);
    NDArray labels = labels(4);
    List<TargetNetwork> networks = networks(1, DataType.FLOAT32);
    try (Ghn ghn = trainable()) {
      run(ghn, 1, networks, images, labels);
      double norm = GradientClip.clip(ghn.parameters().tensors().values(), 0.1);
      Map<String, float[]> expected = gradients(ghn);
      ghn.parameters()
          .tensors()
          .values()
          .forEach(leaf -> leaf.getGradient().subi(leaf.getGradient()));
      run(List.of(ghn), 1, networks, images, labels, 1024);
      assertThat(GradientClip.clip(ghn.parameters().tensors().values(), 0.1, 1024))
          .isCloseTo(norm, within(1e-4 * norm));
      assertClose(gradients(ghn), expected, 1e-4);
    }
    networks.forEach(TargetNetwork::close);
  }

  /** Casts in the networks' programs: another rounding, the same direction. */
  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"FLOAT16", "BFLOAT16"})
  void mixedPrecisionGivesNearlyTheSameGradient(Precision precision) {
    NDArray images = images(4, DataType.FLOAT32);
    NDArray labels = labels(4);
    Architecture architecture = smooth();
    try (Ghn ghn = trainable();
        TargetNetwork full = TargetNetwork.of(architecture);
        TargetNetwork mixed = TargetNetwork.of(architecture, DataType.FLOAT32, precision)) {
      double loss = run(ghn, 1, List.of(full), images, labels).loss();
      Map<String, float[]> expected = gradients(ghn);
      double mixedLoss = run(List.of(ghn), 1, List.of(mixed), images, labels, 1024).loss();
      assertThat(mixedLoss).isCloseTo(loss, within(0.02 * loss));
      GradientClip.clip(ghn.parameters().tensors().values(), Double.MAX_VALUE, 1024);
      assertThat(cosine(gradients(ghn), expected)).isBetween(0.98, 1 - 1e-12);
    }
  }

  private static double cosine(Map<String, float[]> one, Map<String, float[]> two) {
    double product = 0;
    double first = 0;
    double second = 0;
    for (String name : one.keySet()) {
      for (int i = 0; i < one.get(name).length; i++) {
        double a = one.get(name)[i];
        double b = two.get(name)[i];
        product += a * b;
        first += a * a;
        second += b * b;
      }
    }
    return product / Math.sqrt(first * second);
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
