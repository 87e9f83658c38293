package org.onnxghn.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.GhnParameters;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.graph.Role;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.deepnets.DeepNets;
import org.onnxghn.trainer.deepnets.Space;
import org.onnxghn.trainer.deepnets.Split;
import org.onnxghn.trainer.deepnets.Variant;
import org.onnxghn.trainer.exec.ComputeThreads;

/** A step's gradient does not depend on which worker is first, nor on how many there are. */
class WorkersTest {
  private static final int META_BATCH = 4;

  private final RandomStep trial = new RandomStep();
  private final List<TargetNetwork> networks = new ArrayList<>();
  private Ghn ghn;
  private NDArray images;
  private NDArray labels;

  @BeforeEach
  void begin() {
    GhnConfig config = new GhnConfig(GhnConfig.Kind.GHN3, 16, 1, 4, 32, 11, 10, true, true, true);
    ghn = Ghn.of(GhnParameters.copy(Checkpoint.initialise(config, 1), DataType.FLOAT32));
    ghn.parameters().requireGradients(true);
    images = trial.images(8, DataType.FLOAT32);
    labels = trial.labels(8);
  }

  @AfterEach
  void close() {
    networks.forEach(TargetNetwork::close);
    ghn.close();
    trial.close();
  }

  private void add(Architecture architecture) {
    networks.add(TargetNetwork.of(architecture));
  }

  private void addDeepNets() {
    DeepNets all = DeepNets.of(Split.TRAIN, Variant.CIFAR, Space.SMALL, 7, 10);
    for (int i = 0; i < META_BATCH; i++) {
      add(all.get(i));
    }
  }

  /** Of a step as a run takes it. */
  private Map<String, float[]> gradients(Replicas replicas, int workers) {
    RandomStep.clear(ghn);
    ComputeThreads.dividedAmong(
        workers, () -> trial.run(replicas.all(), workers, networks, images, labels, 1));
    replicas.gatherGradients();
    return RandomStep.gradients(ghn);
  }

  @ParameterizedTest
  @CsvSource({"2, 4", "3, 4", "4, 10"})
  void theSameStepGivesTheSameBits(int workers, int times) {
    addDeepNets();
    try (Replicas replicas = new Replicas(ghn, TrainingDevices.cpu(workers).replicas())) {
      // The very first sum begins with nothing and not with 0: it may be -0.
      gradients(replicas, workers);
      Map<String, float[]> first = gradients(replicas, workers);
      assertThat(first.get("ln.weight")).isNotEqualTo(new float[16]);
      for (int i = 0; i < times; i++) {
        Map<String, float[]> again = gradients(replicas, workers);
        first.forEach((name, expected) -> assertThat(again.get(name)).as(name).isEqualTo(expected));
      }
    }
  }

  @Test
  void fourWorkersAgreeWithOne() {
    addDeepNets();
    Map<String, float[]> expected;
    try (Replicas one = new Replicas(ghn, TrainingDevices.cpu(1).replicas())) {
      expected = gradients(one, 1);
    }
    try (Replicas four = new Replicas(ghn, TrainingDevices.cpu(4).replicas())) {
      assertThat(four.all()).hasSize(4);
      Map<String, float[]> actual = gradients(four, 4);
      expected.forEach((name, one) -> assertNear(name, actual.get(name), one));
    }
  }

  private static void assertNear(String name, float[] actual, float[] expected) {
    assertThat(actual).as(name).hasSameSizeAs(expected);
    double largest = 1e-6;
    double off = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      off = Math.max(off, Math.abs(actual[i] - expected[i]));
    }
    assertThat(off).as(name).isLessThan(1e-3 * largest);
  }

  /** Its row is random: the seed of a step decides it, whoever computes the network. */
  @Test
  void aClassTokensPositionIsThatOfOneWorker() {
    for (int width : new int[] {16, 24}) {
      add(new Architecture("token" + width, TinyNetworks.withClassToken(width), Map.of()));
    }
    assertThat(networks)
        .allSatisfy(
            network ->
                assertThat(network.graph().nodes().stream().flatMap(node -> node.slots().stream()))
                    .anyMatch(
                        slot ->
                            slot.role() == Role.POSITION_ENCODING && slot.shape().dim(1) == 17));
    double loss = loss(1, 5);
    assertThat(loss(2, 5)).isCloseTo(loss, within(1e-5));
    assertThat(Math.abs(loss(1, 6) - loss)).as("another row").isGreaterThan(1e-4);
  }

  private double loss(int workers, long seed) {
    MetaBatchStep.Replica replica =
        new MetaBatchStep.Replica(ghn, new NetworkLoss(Device.cpu(), 0, false, 0));
    try (MetaBatchStep step = new MetaBatchStep(List.of(replica), workers, new PhaseTimes());
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      return step.run(networks, images, labels, seed, 1).loss();
    }
  }
}
