package org.onnxghn.trainer.data;

import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A random division of a data set.
 *
 * @param rest indices that are left to train on, rising
 * @param heldOut indices to validate on, rising
 */
public record HeldOut(int[] rest, int[] heldOut) {
  /**
   * Holds out some.
   *
   * @param count fewer than {@code size}
   * @param seed the same one gives the same division
   */
  public static HeldOut divide(int size, int count, long seed) {
    int[] order = shuffled(size, seed);
    return new HeldOut(
        IntStream.of(order).skip(count).sorted().toArray(),
        IntStream.of(order).limit(count).sorted().toArray());
  }

  /** The numbers below {@code size} in a random order (Fisher and Yates). */
  public static int[] shuffled(int size, long seed) {
    int[] order = IntStream.range(0, size).toArray();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = size - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swap = order[i];
      order[i] = order[j];
      order[j] = swap;
    }
    return order;
  }
}
