package org.onnxghn.trainer.data;

/**
 * How images are put together.
 *
 * @param batchSize images of a batch
 * @param epochs how often all images are used before the batches end
 * @param shuffle whether each epoch has its own random order; else the order of the data set
 * @param dropLast whether the images left at an epoch's end that do not fill a batch are left out;
 *     a data set smaller than one batch is one batch all the same
 * @param seed of order and augmentation
 * @param workers background threads
 * @param ahead batches that may be ready or in work before they are asked for
 */
public record BatchOptions(
    int batchSize,
    int epochs,
    boolean shuffle,
    boolean dropLast,
    long seed,
    int workers,
    int ahead) {
  /** Checks that all numbers are positive. */
  public BatchOptions {
    if (batchSize < 1 || epochs < 1 || workers < 1 || ahead < 1) {
      throw new IllegalArgumentException("not positive: batch size, epochs, workers or ahead");
    }
  }

  /** Shuffled, whole batches only, from one thread four batches ahead. */
  public static BatchOptions training(int batchSize, int epochs, long seed) {
    return new BatchOptions(batchSize, epochs, true, true, seed, 1, 4);
  }

  /** Every image once, in order. */
  public static BatchOptions evaluation(int batchSize) {
    return new BatchOptions(batchSize, 1, false, false, 0, 1, 2);
  }
}
