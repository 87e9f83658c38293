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
 * @param nearTies those of them whose two highest scores are closer than 1e-4 in one of the two
 */
public record Agreement(
    int images,
    long executor,
    long runtime,
    List<Integer> disagreements,
    int disagreeing,
    int nearTies) {
  /** Rounding differs between two runtimes by less than this. */
  private static final float NEAR = 1e-4f;

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
        near += Math.min(own.margin(i), other.margin(i)) < NEAR ? 1 : 0;
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
            ? "all of them near-ties, whose two highest scores are closer than 1e-4"
            : nearTies + " of them near-ties (highest scores closer than 1e-4)";
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
