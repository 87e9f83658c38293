package org.onnxghn.trainer.finetune;

import java.util.Arrays;

/** What a classifier says of each image of a data set: enough to compare two runtimes. */
final class Predictions {
  private final int[] classes;
  private final float[] margins;
  private final float[] magnitudes;

  Predictions(int images) {
    this.classes = new int[images];
    this.margins = new float[images];
    this.magnitudes = new float[images];
    Arrays.fill(classes, -1);
  }

  /** Notes the highest score, and how far the second is below it. */
  void add(int image, float[] scores) {
    add(image, scores, scores);
  }

  /**
   * As the other, where the scores are probabilities. Logits are lost in a Softmax, but for their
   * differences, which are those of the probabilities' logarithms.
   */
  void addProbabilities(int image, float[] scores) {
    float[] logarithms = new float[scores.length];
    for (int i = 0; i < scores.length; i++) {
      logarithms[i] = (float) Math.log(scores[i]);
    }
    add(image, scores, logarithms);
    magnitudes[image] = 0;
  }

  /**
   * As the other, where the scores may be probabilities.
   *
   * @param logits what they were computed from
   */
  void add(int image, float[] scores, float[] logits) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      best = scores[i] > scores[best] ? i : best;
    }
    float second = Float.NEGATIVE_INFINITY;
    float largest = 0;
    for (int i = 0; i < logits.length; i++) {
      second = i == best ? second : Math.max(second, logits[i]);
      largest = Math.max(largest, Math.abs(logits[i]));
    }
    classes[image] = best;
    margins[image] = logits[best] - second;
    magnitudes[image] = largest;
  }

  int images() {
    return classes.length;
  }

  /** The class with the highest score, the first of equals. */
  int predicted(int image) {
    return classes[image];
  }

  /** The highest logit less the second; scores that come from no Softmax are logits. */
  float margin(int image) {
    return margins[image];
  }

  /** The largest absolute value of a logit, which rounding errors go by; 0 when it is not known. */
  float magnitude(int image) {
    return magnitudes[image];
  }
}
