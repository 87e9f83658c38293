package org.onnxghn.trainer.optim;

import java.util.Arrays;

/**
 * The multiplier of the learning rate in the course of training. It depends on progress alone, so
 * that one schedule fits a number of steps as well as a span of time.
 */
@FunctionalInterface
public interface Schedule {
  /** Fewest epochs of {@link #reference}: with fewer its cosine is near zero where it begins. */
  int REFERENCE_EPOCHS = 10;

  /**
   * The multiplier.
   *
   * @param progress from 0, the first step, to 1, the end
   */
  double at(double progress);

  /** Always 1, after warm-up. */
  static Schedule constant(double warmup) {
    return withWarmup(warmup, progress -> 1);
  }

  /**
   * Falls from 1 to 0 as a half cosine (Loshchilov and Hutter 2017), after warm-up.
   *
   * @param warmup the share of training in which the rate rises linearly to 1
   */
  static Schedule cosine(double warmup) {
    return withWarmup(warmup, progress -> 0.5 * (1 + Math.cos(Math.PI * progress)));
  }

  /**
   * Multiplies by gamma at each milestone, after warm-up.
   *
   * @param milestones as progress, from 0 to 1
   */
  static Schedule steps(double warmup, double gamma, double... milestones) {
    double[] copy = milestones.clone();
    Schedule steps =
        progress -> Math.pow(gamma, Arrays.stream(copy).filter(at -> progress >= at).count());
    return progress -> progress < warmup ? progress / warmup : steps.at(progress);
  }

  /**
   * The reference's (GHN3.md 10), constant within an epoch: epochs 0 to 3 rise linearly from {@code
   * 1e-5 / learningRate} toward 1, from epoch 4 on a cosine.
   */
  static Schedule reference(int epochs, double learningRate) {
    double first = 1e-5 / learningRate;
    return progress -> {
      int epoch = (int) Math.min(epochs - 1, Math.floor(progress * epochs + 1e-9));
      return epoch < 4
          ? first + (1 - first) * epoch / 4
          : Math.max(0, 0.5 * (1 + Math.cos(Math.PI * (epoch - 5) / Math.max(1, epochs - 5))));
    };
  }

  private static Schedule withWarmup(double warmup, Schedule after) {
    if (warmup < 0 || warmup >= 1) {
      throw new IllegalArgumentException("warm-up is " + warmup + ", not from 0 to below 1");
    }
    return progress ->
        progress < warmup
            ? progress / warmup
            : after.at(Math.min(1, (progress - warmup) / (1 - warmup)));
  }
}
