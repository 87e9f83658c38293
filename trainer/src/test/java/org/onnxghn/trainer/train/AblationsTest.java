package org.onnxghn.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.exec.Precision;

/** Each key of the paper's ablations (Tables 5 and 10) changes what a step computes. */
class AblationsTest {
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private MetaBatchStep.Outcome step(TrainingConfig config) {
    float[] pixels = new float[4 * 3 * 32 * 32];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) Math.sin(i * 0.37);
    }
    NDArray images = manager.create(pixels, new Shape(4, 3, 32, 32));
    NDArray labels = manager.create(new long[] {1, 2, 3, 4});
    TrainingConfig.OptimizerOptions options = config.optimizer();
    try (Weights weights = new Weights(config, null, Device.cpu());
        TargetNetwork network = TargetNetwork.of(config.trainingDeepNets().get(0));
        MetaBatchStep step =
            new MetaBatchStep(
                List.of(
                    new MetaBatchStep.Replica(
                        weights.ghn(),
                        new NetworkLoss(
                            Device.cpu(),
                            options.normPenalty(),
                            options.squaredPenalty(),
                            options.labelSmoothing()))),
                1,
                new PhaseTimes());
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      weights.leaves().forEach(AblationsTest::enlarge);
      return step.run(List.of(network), images, labels, 1, 1);
    }
  }

  /** So that an encoder's parts count more than rounding, as they do after some training. */
  private static void enlarge(String name, NDArray leaf) {
    if (name.startsWith("gnn.")) {
      Autograd.off(() -> leaf.muli(4));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hypernetwork.without=[backward_edges]",
        "hypernetwork.without=[edges]",
        "hypernetwork.without=[centrality]",
        "hypernetwork.without=[input_distance]",
        "hypernetwork.kind=mlp",
        "hypernetwork.kind=ghn2",
        "hypernetwork.virtualEdges=false",
        "hypernetwork.weightNorm=false",
        "hypernetwork.layerNorm=false",
        "hypernetwork.maxChannels=8",
        "hypernetwork.maxSpatial=5",
        "optimizer.labelSmoothing=0.1"
      })
  void changesPredictionsOrLoss(String setting) {
    MetaBatchStep.Outcome base = step(SmallRun.config("cifar-small"));
    String kind = setting.replaceAll(".*kind=", "");
    String[] settings =
        kind.equals(setting)
            ? new String[] {setting}
            : new String[] {setting, "hypernetwork.heads=1"};
    MetaBatchStep.Outcome changed = step(SmallRun.config("cifar-small", settings));
    assertThat(changed.loss()).isFinite();
    double entropy = Math.abs(changed.entropy() - base.entropy()) / base.entropy();
    double norm = Math.abs(changed.norm() - base.norm()) / base.norm();
    assertThat(Math.max(entropy, norm)).isGreaterThan(1e-5);
  }

  @Test
  void thePenaltyIsOfUnsquaredNormsUnlessAsked() {
    MetaBatchStep.Outcome base = step(SmallRun.config("cifar-small", "optimizer.normPenalty=0.1"));
    assertThat(base.loss()).isCloseTo(base.entropy() + 0.1 * base.norm(), within(1e-4));
    MetaBatchStep.Outcome none = step(SmallRun.config("cifar-small", "optimizer.normPenalty=0"));
    assertThat(none.loss()).isEqualTo(none.entropy());
    assertThat(none.norm()).as("is reported all the same").isCloseTo(base.norm(), within(1e-3));
    MetaBatchStep.Outcome squared =
        step(
            SmallRun.config(
                "cifar-small", "optimizer.normPenalty=0.1", "optimizer.squaredPenalty=true"));
    assertThat(squared.norm()).isNotCloseTo(base.norm(), within(0.1));
    assertThat(squared.loss())
        .isCloseTo(squared.entropy() + 0.1 * squared.norm(), within(1e-3 * squared.loss()));
  }

  @Test
  void theMetaBatchIsOfThatSize() {
    for (int size : new int[] {1, 3}) {
      TrainingConfig config = SmallRun.config("cifar-small", "optimizer.metaBatch=" + size);
      try (NetworkStream stream =
          new NetworkStream(
              config.trainingDeepNets(),
              config.optimizer().metaBatch(),
              0,
              Set.of(),
              Precision.FLOAT32,
              List.of(Device.cpu()),
              new PhaseTimes())) {
        List<TargetNetwork> networks = stream.next();
        assertThat(networks).hasSize(size);
        networks.forEach(TargetNetwork::close);
      }
    }
  }
}
