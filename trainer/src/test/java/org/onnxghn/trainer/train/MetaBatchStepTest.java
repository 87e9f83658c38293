package org.onnxghn.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.GhnParameters;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.deepnets.DeepNets;
import org.onnxghn.trainer.deepnets.Space;
import org.onnxghn.trainer.deepnets.Split;
import org.onnxghn.trainer.deepnets.Variant;
import org.onnxghn.trainer.exec.Precision;
import org.onnxghn.trainer.exec.TensorCopy;
import org.onnxghn.trainer.optim.AdamW;
import org.onnxghn.trainer.optim.GradientClip;

class MetaBatchStepTest {
  private static final DeepNets NETWORKS =
      DeepNets.of(Split.TRAIN, Variant.CIFAR, Space.SMALL, 7, 10);

  private final RandomStep trial = new RandomStep();

  @AfterEach
  void close() {
    trial.close();
  }

  private static List<TargetNetwork> networks(int count, DataType type) {
    List<TargetNetwork> networks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      networks.add(TargetNetwork.of(NETWORKS.get(i), type, Precision.FLOAT32));
    }
    return networks;
  }

  private static GhnConfig config() {
    return new GhnConfig(GhnConfig.Kind.GHN3, 16, 1, 4, 32, 11, 10, true, true, true);
  }

  private static Ghn trainable() {
    Ghn ghn = Ghn.of(GhnParameters.copy(Checkpoint.initialise(config(), 1), DataType.FLOAT32));
    ghn.parameters().requireGradients(true);
    return ghn;
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
    NDArray images = trial.images(8, DataType.FLOAT32);
    NDArray labels = trial.labels(8);
    List<TargetNetwork> networks = networks(5, DataType.FLOAT32);
    assertThat(IntStream.range(0, 5).anyMatch(i -> drops(networks.get(i), i))).isTrue();
    try (Ghn ghn = trainable();
        Replicas replicas = new Replicas(ghn, List.of(Device.cpu(), Device.cpu()))) {
      double loss = trial.run(ghn, 1, networks, images, labels).loss();
      Map<String, float[]> expected = RandomStep.gradients(ghn);
      assertThat(trial.run(ghn, 2, networks, images, labels).loss()).isCloseTo(loss, within(1e-5));
      assertClose(RandomStep.gradients(ghn), expected, 1e-3);

      RandomStep.clear(ghn);
      trial.run(replicas.all(), 2, networks, images, labels, 1);
      assertThat(replicas.all()).hasSize(2);
      Map<String, float[]> alone = RandomStep.gradients(ghn);
      replicas.gatherGradients();
      assertClose(RandomStep.gradients(ghn), expected, 1e-3);
      assertThat(alone.get("ln.weight")).isNotEqualTo(RandomStep.gradients(ghn).get("ln.weight"));
      assertThat(RandomStep.gradients(replicas.all().get(1)).values())
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
    try (NDArray changed = trial.manager().create(values, leaf.getShape())) {
      TensorCopy.copy(List.of(leaf), List.of(changed));
    }
  }

  @Test
  void clippingTakesTheScaleOut() {
    NDArray images = trial.images(4, DataType.FLOAT32);
    NDArray labels = trial.labels(4);
    List<TargetNetwork> networks = networks(1, DataType.FLOAT32);
    try (Ghn ghn = trainable()) {
      trial.run(ghn, 1, networks, images, labels);
      double norm = GradientClip.clip(ghn.parameters().tensors().values(), 0.1);
      Map<String, float[]> expected = RandomStep.gradients(ghn);
      RandomStep.clear(ghn);
      trial.run(List.of(ghn), 1, networks, images, labels, 1024);
      assertThat(GradientClip.clip(ghn.parameters().tensors().values(), 0.1, 1024))
          .isCloseTo(norm, within(1e-4 * norm));
      assertClose(RandomStep.gradients(ghn), expected, 1e-4);
    }
    networks.forEach(TargetNetwork::close);
  }

  /** Casts in the networks' programs: another rounding, the same direction. */
  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"FLOAT16", "BFLOAT16"})
  void mixedPrecisionGivesNearlyTheSameGradient(Precision precision) {
    NDArray images = trial.images(4, DataType.FLOAT32);
    NDArray labels = trial.labels(4);
    Architecture architecture = new Architecture("smooth", SmoothNetwork.model(), Map.of());
    try (Ghn ghn = trainable();
        TargetNetwork full = TargetNetwork.of(architecture);
        TargetNetwork mixed = TargetNetwork.of(architecture, DataType.FLOAT32, precision)) {
      double loss = trial.run(ghn, 1, List.of(full), images, labels).loss();
      Map<String, float[]> expected = RandomStep.gradients(ghn);
      double mixedLoss = trial.run(List.of(ghn), 1, List.of(mixed), images, labels, 1024).loss();
      assertThat(mixedLoss).isCloseTo(loss, within(0.02 * loss));
      GradientClip.clip(ghn.parameters().tensors().values(), Double.MAX_VALUE, 1024);
      assertThat(cosine(RandomStep.gradients(ghn), expected)).isBetween(0.98, 1 - 1e-12);
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
    NDArray images = trial.images(40, DataType.FLOAT32);
    NDArray labels = trial.labels(40);
    try (Ghn ghn =
            Ghn.of(GhnParameters.copy(Checkpoint.initialise(config(), 1), DataType.FLOAT32));
        TargetNetwork network = TargetNetwork.of(NETWORKS.get(2));
        AdamW adam =
            new AdamW(
                ghn.parameters().tensors(), 0.9, 0.999, 1e-8, 0, name -> true, Weights::isTable)) {
      ghn.parameters().requireGradients(true);
      MetaBatchStep.Outcome outcome = null;
      for (int i = 0; i < 120 && (outcome == null || outcome.top1() < 0.7); i++) {
        outcome = trial.run(ghn, 1, List.of(network), images, labels);
        adam.step(3e-3);
      }
      assertThat(outcome.top1()).isGreaterThan(0.55);
    }
  }
}
