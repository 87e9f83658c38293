package org.onnxghn.trainer.finetune;

import java.util.Arrays;

/** What a classifier says of each image of a data set: enough to compare two runtimes. */
final class Predictions {
  private final int[] classes;
  private final float[] margins;

  Predictions(int images) {
    this.classes = new int[images];
    this.margins = new float[images];
    Arrays.fill(classes, -1);
  }

  /** Notes the highest score, and how far the second is below it. */
  void add(int image, float[] scores) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      best = scores[i] > scores[best] ? i : best;
    }
    float second = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < scores.length; i++) {
      second = i == best ? second : Math.max(second, scores[i]);
    }
    classes[image] = best;
    margins[image] = scores[best] - second;
  }

  int images() {
    return classes.length;
  }

  /** The class with the highest score, the first of equals. */
  int predicted(int image) {
    return classes[image];
  }

  /** The highest score less the second. */
  float margin(int image) {
    return margins[image];
  }
}
