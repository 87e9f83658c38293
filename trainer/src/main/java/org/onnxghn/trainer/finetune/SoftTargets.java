package org.onnxghn.trainer.finetune;

import java.nio.FloatBuffer;
import org.onnxghn.converter.initializers.RandomStream;

/**
 * What a network is to answer: a distribution over the classes for each image, with label smoothing
 * (Szegedy et al. 2016) and mixup (Zhang et al. 2018).
 *
 * @param smoothing epsilon: {@code 1 - epsilon} for the class and {@code epsilon / classes} for
 *     every class, as PyTorch has it
 * @param alpha of mixup's Beta(alpha, alpha) distribution; 0 for no mixup
 */
record SoftTargets(int classes, double smoothing, double alpha) {
  /** Share of each image itself in what mixup makes of a batch: one number for all. */
  double draw(long seed, long step) {
    if (alpha == 0) {
      return 1;
    }
    RandomStream random = RandomStream.of(seed, "mixup", Long.toString(step));
    double first = gamma(alpha, random);
    double second = gamma(alpha, random);
    return first + second > 0 ? first / (first + second) : 1;
  }

  /** Marsaglia and Tsang 2000; below 1 by a power of a uniform number. */
  private static double gamma(double shape, RandomStream random) {
    double d = Math.max(shape, shape + (shape < 1 ? 1 : 0)) - 1.0 / 3;
    double c = 1 / StrictMath.sqrt(9 * d);
    while (true) {
      double x = random.normal();
      double v = 1 + c * x;
      v = v * v * v;
      double u = uniform(random);
      if (v > 0 && StrictMath.log(u) < 0.5 * x * x + d - d * v + d * StrictMath.log(v)) {
        double power = shape < 1 ? StrictMath.pow(uniform(random), 1 / shape) : 1;
        return d * v * power;
      }
    }
  }

  /** In (0, 1]. */
  private static double uniform(RandomStream random) {
    return (1 - random.uniform(1)) / 2;
  }

  /**
   * Mixes image {@code i} with image {@code n - 1 - i}: the order of a batch is random already.
   *
   * @param share of each image itself
   * @param images {@code n} of the same length, changed in place
   */
  static void mix(double share, FloatBuffer images, int n) {
    int length = images.remaining() / n;
    float own = (float) share;
    float other = (float) (1 - share);
    for (int i = 0; i < n / 2; i++) {
      int first = i * length;
      int second = (n - 1 - i) * length;
      for (int k = 0; k < length; k++) {
        float a = images.get(first + k);
        float b = images.get(second + k);
        images.put(first + k, own * a + other * b);
        images.put(second + k, own * b + other * a);
      }
    }
  }

  /** The distributions, {@code labels x classes}. */
  float[] of(int[] labels, double share) {
    float[] targets = new float[labels.length * classes];
    java.util.Arrays.fill(targets, (float) (smoothing / classes));
    for (int i = 0; i < labels.length; i++) {
      targets[i * classes + labels[i]] += (float) ((1 - smoothing) * share);
      int other = labels[labels.length - 1 - i];
      targets[i * classes + other] += (float) ((1 - smoothing) * (1 - share));
    }
    return targets;
  }
}
