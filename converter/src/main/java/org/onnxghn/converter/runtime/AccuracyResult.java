package org.onnxghn.converter.runtime;

import java.util.List;

/**
 * How a classifier does on a labelled data set.
 *
 * @param top1 fraction of images whose class has the highest score
 * @param top5 fraction of images whose class is among the five highest scores
 * @param images how many were scored
 * @param classes scores that the model gives
 * @param seconds wall clock, from the first batch to the last, without decoding
 * @param imagesPerSecond over that time
 * @param notFinite images with a score that is not finite; they count as wrong
 * @param perClass by label
 * @param confusion pairs that occur, by label, then by prediction
 */
public record AccuracyResult(
    double top1,
    double top5,
    int images,
    int classes,
    double seconds,
    double imagesPerSecond,
    int notFinite,
    List<ClassAccuracy> perClass,
    List<Confusion> confusion) {
  /** Copies the lists. */
  public AccuracyResult {
    perClass = List.copyOf(perClass);
    confusion = List.copyOf(confusion);
  }

  /**
   * One class of the data set.
   *
   * @param label its number
   * @param images of this class
   * @param top1 as above; null for a class without images, and so is top5
   */
  public record ClassAccuracy(int label, String name, int images, Double top1, Double top5) {}

  /**
   * An entry of the confusion matrix above zero.
   *
   * @param label the class
   * @param predicted the model's class, which may have no name in the data set; -1 for scores that
   *     are not finite
   */
  public record Confusion(int label, int predicted, int images) {}
}
