package org.onnxghn.trainer.finetune;

/**
 * What a network was worth at some point of its training, in the executor.
 *
 * @param epoch how many were over, from 1
 * @param step how many were taken
 * @param top1 fraction of the validation images
 * @param top5 fraction of the validation images
 * @param loss mean cross-entropy of the validation images, without label smoothing
 */
public record Milestone(int epoch, long step, double top1, double top5, double loss) {
  /** By top-1 accuracy; of equal ones by the loss. One whose loss is not finite is the worst. */
  boolean isBetterThan(Milestone other) {
    if (Double.isFinite(loss) != Double.isFinite(other.loss)) {
      return Double.isFinite(loss);
    }
    return top1 > other.top1 || top1 == other.top1 && loss < other.loss;
  }
}
