package org.onnxghn.trainer.deepnets;

/** Architectures by index, made on demand. Thread-safe; the same index gives the same one. */
public interface Architectures {
  /** What they are called in reports. */
  String name();

  /** How many there are; {@link Long#MAX_VALUE} when they never end. */
  long size();

  /**
   * Makes one.
   *
   * @param index from 0
   */
  Architecture get(long index);
}
