package org.onnxghn.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.trainer.data.Batch;
import org.onnxghn.trainer.data.BatchOptions;
import org.onnxghn.trainer.data.Batches;
import org.onnxghn.trainer.data.Position;
import org.onnxghn.trainer.exec.TensorCopy;

class GuardedStepTest {
  @TempDir private Path folder;

  private final TrainingProgress progress = new TrainingProgress();
  private final SmallRun.Notes observer = new SmallRun.Notes();

  /** Steps of one network, one after the other. */
  private record Steps(GuardedStep step, Weights weights, TargetNetwork network, Batches batches) {
    void take() {
      try (Batch batch = batches.next()) {
        step.take(List.of(network), batch, 1e-3);
      }
    }

    Map<String, FloatBuffer> values() {
      return GuardedStepTest.values(weights.leaves());
    }

    void assertUntouched(Map<String, FloatBuffer> before) {
      assertThat(weights.optimizer().steps()).isZero();
      assertThat(values()).isEqualTo(before);
      assertThat(GuardedStepTest.values(weights.optimizer().state()).values())
          .allSatisfy(moments -> assertThat(moments.array()).containsOnly(0));
    }
  }

  /** Buffers, since these are equal where both have no number. */
  private static Map<String, FloatBuffer> values(Map<String, NDArray> tensors) {
    Map<String, FloatBuffer> values = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> values.put(name, FloatBuffer.wrap(tensor.toFloatArray())));
    return values;
  }

  private static void set(NDArray tensor, float[] values) {
    try (NDManager manager = NDManager.newBaseManager()) {
      TensorCopy.copy(List.of(tensor), List.of(manager.create(values, tensor.getShape())));
    }
  }

  private void with(LossScale scale, Consumer<Steps> trial) {
    SmallRun.images(folder);
    TrainingConfig config = SmallRun.config("cifar-small");
    TrainingImages images =
        TrainingImages.open(config, SmallRun.job(folder, "run", false, null), new SmallRun.Quiet());
    PhaseTimes times = new PhaseTimes();
    try (Weights weights = new Weights(config, null, Device.cpu());
        Replicas replicas = new Replicas(weights.ghn(), List.of(Device.cpu()));
        MetaBatchStep gradient =
            new MetaBatchStep(
                List.of(
                    new MetaBatchStep.Replica(
                        weights.ghn(), new NetworkLoss(Device.cpu(), 0, false, 0))),
                1,
                times);
        Batches batches =
            new Batches(
                images.training(),
                images.augmentation(config.images()),
                BatchOptions.training(16, Integer.MAX_VALUE, 1),
                Position.START);
        TargetNetwork network = TargetNetwork.of(config.trainingDeepNets().get(0))) {
      GuardedStep step =
          new GuardedStep(
              config, false, weights, replicas, scale, gradient, progress, times, observer);
      trial.accept(new Steps(step, weights, network, batches));
    }
  }

  /** A weight that is no number for one step, and then is again what it was. */
  @Test
  void aStepThatIsNotFiniteIsSkippedAndCounted() {
    with(
        new LossScale(false),
        steps -> {
          NDArray broken = steps.weights().leaves().get("decoder.conv.0.bias");
          float[] whole = broken.toFloatArray();
          float[] nan = whole.clone();
          Arrays.fill(nan, Float.NaN);
          set(broken, nan);
          Map<String, FloatBuffer> before = steps.values();
          steps.take();
          assertThat(progress.step).isEqualTo(1);
          assertThat(progress.skipped).isEqualTo(1);
          assertThat(progress.skippedInARow).isEqualTo(1);
          assertThat(progress.summed).isZero();
          steps.assertUntouched(before);

          set(broken, whole);
          steps.take();
          assertThat(progress.step).isEqualTo(2);
          assertThat(progress.skipped).isEqualTo(1);
          assertThat(progress.skippedInARow).isZero();
          assertThat(progress.summed).isEqualTo(1);
          assertThat(steps.weights().optimizer().steps()).isEqualTo(1);
          assertThat(broken.toFloatArray()).isNotEqualTo(whole);
        });
  }

  /** The loss is a number, its gradient times the scale is none: no reason to give up. */
  @Test
  void aScaleThatIsTooLargeIsHalvedAndTheStepLeftOut() {
    LossScale scale = new LossScale(true);
    // No float has as much.
    while (scale.value() < 0x1p130) {
      scale.good();
    }
    double tooLarge = scale.value();
    with(
        scale,
        steps -> {
          Map<String, FloatBuffer> before = steps.values();
          steps.take();
          assertThat(scale.value()).isEqualTo(tooLarge / 2);
          assertThat(progress.step).isEqualTo(1);
          assertThat(progress.skipped).isEqualTo(1);
          assertThat(progress.skippedInARow).isZero();
          assertThat(progress.summed).isZero();
          assertThat(observer.notes).isEmpty();
          steps.assertUntouched(before);

          while (scale.value() > LossScale.INITIAL) {
            assertThat(scale.overflowed()).isTrue();
          }
          steps.take();
          assertThat(scale.value()).isEqualTo(LossScale.INITIAL);
          assertThat(progress.skipped).isEqualTo(1);
          assertThat(progress.summed).isEqualTo(1);
          assertThat(steps.weights().optimizer().steps()).isEqualTo(1);
          assertThat(steps.values()).isNotEqualTo(before);
        });
  }
}
