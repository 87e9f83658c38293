package org.onnxghn.trainer.finetune;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.Locale;
import org.onnxghn.trainer.data.Batch;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.exec.Program;
import org.onnxghn.trainer.optim.GradientClip;
import org.onnxghn.trainer.optim.Optimizer;

/** One step: forward, loss, backward, clipping, update. Nothing of it stays in memory. */
final class TrainingStep implements AutoCloseable {
  private final Network network;
  private final Optimizer optimizer;
  private final SoftTargets targets;
  private final double clip;
  private final long seed;
  private final CrossEntropy loss;

  TrainingStep(Network network, Optimizer optimizer, Recipe recipe, long seed) {
    this.network = network;
    this.optimizer = optimizer;
    this.targets = new SoftTargets(network.classes(), recipe.labelSmoothing(), recipe.mixup());
    this.clip = recipe.clip();
    this.seed = seed;
    this.loss = new CrossEntropy(network.manager().getDevice());
  }

  /**
   * What happened.
   *
   * @param loss mean of the batch
   * @param hits images whose highest score is the (main) target
   * @param gradientNorm L2 norm of all gradients together, before clipping
   */
  record Outcome(double loss, long hits, double gradientNorm) {}

  /**
   * Takes a step.
   *
   * @param step its number, from 0: what dropout and mixup draw depends on it
   * @throws FineTuneException OG-523 when loss or gradient is not finite; parameters are as before
   *     the step then
   */
  Outcome run(Batch batch, long step, double learningRate) {
    FloatBuffer planes = batch.images();
    double share = targets.draw(seed, step);
    if (share < 1) {
      SoftTargets.mix(share, planes, batch.size());
    }
    NDManager manager = network.manager();
    optimizer.zeroGradients();
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray images = network.images(planes, batch.size());
      NDArray wanted =
          manager.create(
              targets.of(batch.labels(), share), new Shape(batch.size(), network.classes()));
      Program.Result[] result = new Program.Result[1];
      CrossEntropy.Result found =
          Autograd.recording(
              () -> {
                result[0] = network.run(images, Program.Mode.TRAINING, seed + step);
                return loss.of(network.logits(result[0]), wanted, manager);
              });
      double value = found.loss().getFloat();
      requireFinite(value, "the loss", step, learningRate);
      Autograd.backward(found.loss());
      double norm = GradientClip.clip(network.leaves().values(), clip);
      requireFinite(norm, "the gradient", step, learningRate);
      optimizer.step(learningRate);
      network.update(result[0].runningStatistics());
      return new Outcome(value, found.hits().getLong(), norm);
    }
  }

  private void requireFinite(double value, String what, long step, double learningRate) {
    if (!Double.isFinite(value)) {
      throw new FineTuneException(
          FineTuneException.NOT_FINITE,
          String.format(
              Locale.ROOT,
              "%s is %s at step %d, learning rate %.3g; training stopped, no output was written",
              what,
              value,
              step + 1,
              learningRate),
          "Begin anew (--overwrite) with a lower --lr, say a third, a longer --warmup, or --clip 1;"
              + " the run folder has the last good state.");
    }
  }

  @Override
  public void close() {
    loss.close();
  }
}
