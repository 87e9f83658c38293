package org.onnxghn.trainer.data;

/**
 * A place in the stream of batches: with it, training goes on as if never interrupted.
 *
 * @param epoch from 0
 * @param batch of the epoch, from 0
 */
public record Position(int epoch, int batch) {
  /** The very first batch. */
  public static final Position START = new Position(0, 0);

  /** Checks that nothing is negative. */
  public Position {
    if (epoch < 0 || batch < 0) {
      throw new IllegalArgumentException("epoch " + epoch + ", batch " + batch);
    }
  }
}
