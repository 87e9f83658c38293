package org.onnxghn.trainer.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.stream.LongStream;
import org.onnxghn.trainer.data.Batch;
import org.onnxghn.trainer.optim.GradientClip;

/**
 * One step of training: gradient, clipping, update. Without a finite loss and gradient no weight
 * changes; too many such steps in a row end the run.
 */
final class GuardedStep {
  /** So many steps without a finite loss, one after the other, end the run. */
  private static final int MAX_SKIPPED = 20;

  /** Most nodes of a meta-batch of eight (GHN3.md 9.5). */
  private static final int NODES = 2200;

  private final TrainingConfig config;
  private final Weights weights;
  private final Replicas replicas;
  private final LossScale scale;
  private final MetaBatchStep step;
  private final TrainingProgress progress;
  private final PhaseTimes times;
  private final TrainingObserver observer;
  private final boolean own;

  /**
   * @param own whether users' own networks may be among those of a step
   */
  GuardedStep(
      TrainingConfig config,
      boolean own,
      Weights weights,
      Replicas replicas,
      LossScale scale,
      MetaBatchStep step,
      TrainingProgress progress,
      PhaseTimes times,
      TrainingObserver observer) {
    this.config = config;
    this.own = own;
    this.weights = weights;
    this.replicas = replicas;
    this.scale = scale;
    this.step = step;
    this.progress = progress;
    this.times = times;
    this.observer = observer;
  }

  /**
   * Takes it; progress counts it.
   *
   * @throws TrainingException OG-542 after too many without a finite loss
   */
  void take(List<TargetNetwork> networks, Batch batch, double rate) {
    progress.step++;
    if (tooLarge(networks)) {
      leaveOut();
      return;
    }
    progress.tooLargeInARow = 0;
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      int size = config.architectures().variant().imageSize();
      // A copy: a Java buffer's alignment is chance, and with it possibly the last bits.
      NDArray images =
          manager.create(batch.images(), new Shape(batch.size(), 3, size, size)).duplicate();
      NDArray labels =
          manager.create(
              LongStream.range(0, batch.size()).map(i -> batch.labels()[(int) i]).toArray());
      weights.optimizer().zeroGradients();
      MetaBatchStep.Outcome outcome =
          step.run(
              networks,
              images,
              labels,
              // As many for each step as it has networks.
              (config.run().seed() * 1_000_003 + progress.step) * config.optimizer().metaBatch(),
              scale.value());
      double norm = times.during(Phase.UPDATE, () -> update(outcome, rate));
      if (Double.isFinite(outcome.loss()) && Double.isFinite(norm)) {
        scale.good();
        progress.skippedInARow = 0;
        progress.add(outcome, norm, networks.size());
      } else if (Double.isFinite(outcome.loss()) && scale.overflowed()) {
        progress.skipped++;
      } else {
        skip(rate);
      }
    }
  }

  /** Changes the weights if all is finite; the gradient's norm. */
  private double update(MetaBatchStep.Outcome outcome, double rate) {
    replicas.gatherGradients();
    double norm =
        GradientClip.clip(weights.leaves().values(), config.optimizer().clip(), scale.value());
    if (Double.isFinite(outcome.loss()) && Double.isFinite(norm)) {
      weights.update(rate);
      replicas.spreadWeights();
    }
    return norm;
  }

  /**
   * As the reference: a meta-batch of very large graphs is left out (GHN3.md 9.5). Not where users'
   * own networks are among them, which would never be trained with.
   */
  private boolean tooLarge(List<TargetNetwork> networks) {
    int nodes = networks.stream().mapToInt(network -> network.graph().size()).sum();
    int metaBatch = networks.size();
    return !own && metaBatch > 1 && nodes > NODES / 8 * Math.max(8, metaBatch);
  }

  private void leaveOut() {
    progress.tooLarge++;
    progress.tooLargeInARow++;
    if (progress.tooLarge == 1) {
      observer.note(
          "step %d: the graphs of its networks are too large and it is left out, as others may be"
              .formatted(progress.step));
    }
    if (progress.tooLargeInARow >= MAX_SKIPPED) {
      throw new TrainingException(
          TrainingException.CONFIG,
          "the graphs of the networks were too large in %d steps one after the other"
              .formatted(MAX_SKIPPED),
          "Set optimizer.metaBatch=1, which has no limit, or architectures.split=train.");
    }
  }

  private void skip(double rate) {
    progress.skipped++;
    progress.skippedInARow++;
    observer.note("step " + progress.step + ": the loss is not finite; skipped");
    if (progress.skippedInARow >= MAX_SKIPPED) {
      throw new TrainingException(
          TrainingException.NOT_FINITE,
          "the loss was not finite in %d steps one after the other, learning rate %.3g"
              .formatted(MAX_SKIPPED, rate),
          "Begin another run with a lower optimizer.learningRate, a longer optimizer.warmup or a"
              + " larger optimizer.normPenalty; 'train --checkpoint' takes this one's"
              + " last.safetensors, whose weights are finite.");
    }
  }
}
