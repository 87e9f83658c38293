package org.onnxghn.trainer.finetune;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onnxghn.converter.runtime.AccuracyResult;
import org.onnxghn.graph.Finding;

/**
 * The executor beside ONNX Runtime, with the written model, on the validation images.
 *
 * @param images of the validation set
 * @param executor images that the executor classifies right
 * @param runtime images that ONNX Runtime classifies right
 * @param disagreements images of which they predict different classes, the first hundred by index
 * @param disagreeing how many there are
 * @param nearTies those of them whose two highest scores (logits, where the model ends in Softmax)
 *     are closer in one of the two than 1e-4 of the image's largest
 */
public record Agreement(
    int images,
    long executor,
    long runtime,
    List<Integer> disagreements,
    int disagreeing,
    int nearTies) {
  /**
   * Share of an image's largest logit by which two runtimes may differ: what the executor's tests
   * allow whole networks. Rounding errors go by the size of the numbers, so that an absolute bound
   * would be too strict for logits around 100, and hide wrong probabilities of 1000 classes.
   */
  private static final float RELATIVE = 1e-4f;

  /** Where all logits are near 0, they are differences of larger numbers. */
  private static final float ABSOLUTE = 1e-6f;

  private static final int LISTED = 100;

  /** Copies the list. */
  public Agreement {
    disagreements = List.copyOf(disagreements);
  }

  static Agreement of(Evaluation executor, AccuracyResult runtime, Predictions other) {
    List<Integer> different = new ArrayList<>();
    int near = 0;
    Predictions own = executor.predictions();
    for (int i = 0; i < own.images(); i++) {
      if (own.predicted(i) != other.predicted(i)) {
        different.add(i);
        near += isNear(own, other, i) ? 1 : 0;
      }
    }
    return new Agreement(
        own.images(),
        right(executor.result()),
        right(runtime),
        different.subList(0, Math.min(LISTED, different.size())),
        different.size(),
        near);
  }

  /**
   * When two runtimes differ by no more than a bound, but in the class, then the two highest logits
   * are within that bound in one of them.
   */
  private static boolean isNear(Predictions own, Predictions other, int image) {
    float largest = Math.max(own.magnitude(image), other.magnitude(image));
    return Math.min(own.margin(image), other.margin(image)) <= RELATIVE * largest + ABSOLUTE;
  }

  private static long right(AccuracyResult result) {
    return Math.round(result.top1() * result.images());
  }

  /** Whether accuracy is the same, to the image. */
  public boolean isExact() {
    return executor == runtime;
  }

  /** Whether rounding explains every difference. */
  public boolean isExplained() {
    return disagreeing == nearTies;
  }

  /** What is to be said of differences; an error when accuracy is not the same. */
  Optional<Finding> finding() {
    if (disagreeing == 0) {
      return Optional.empty();
    }
    String ties =
        isExplained()
            ? "all of them near-ties, whose two highest scores are closer than 1e-4 of the largest"
            : nearTies + " of them near-ties (highest scores closer than 1e-4 of the largest)";
    String message =
        "executor and ONNX Runtime predict different classes for %d of %d images, %s; %d and %d are"
            + " right";
    return Optional.of(
        new Finding(
            FineTuneException.DISAGREEMENT,
            isExact() ? Finding.Severity.WARNING : Finding.Severity.ERROR,
            message.formatted(disagreeing, images, ties, executor, runtime),
            null,
            null,
            null,
            null,
            0,
            isExplained()
                ? "Rounding explains it; the model can be used."
                : "Please report it with the model: one of the two computes an operator wrongly."));
  }
}
