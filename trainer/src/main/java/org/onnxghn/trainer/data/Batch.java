package org.onnxghn.trainer.data;

import java.nio.FloatBuffer;
import java.util.function.Consumer;

/** Some images, ready for a network. Close it when its numbers are copied: the memory is reused. */
public final class Batch implements AutoCloseable {
  private final Position position;
  private final boolean lastOfEpoch;
  private final int[] labels;
  private final Consumer<FloatBuffer> recycler;
  private FloatBuffer images;

  Batch(
      Position position,
      boolean lastOfEpoch,
      int[] labels,
      FloatBuffer images,
      Consumer<FloatBuffer> recycler) {
    this.position = position;
    this.lastOfEpoch = lastOfEpoch;
    this.labels = labels;
    this.images = images;
    this.recycler = recycler;
  }

  /** Where it stands. */
  public Position position() {
    return position;
  }

  /** Whether the next one belongs to another epoch. */
  public boolean lastOfEpoch() {
    return lastOfEpoch;
  }

  /** Number of images. */
  public int size() {
    return labels.length;
  }

  /** The class of each image; not a copy. */
  public int[] labels() {
    return labels;
  }

  /**
   * {@code size x channels x height x width} floats from position 0 to the limit, direct, in native
   * byte order; a view with a position of its own.
   *
   * @throws IllegalStateException when closed
   */
  public FloatBuffer images() {
    if (images == null) {
      throw new IllegalStateException("the batch is closed");
    }
    return images.duplicate();
  }

  @Override
  public void close() {
    if (images != null) {
      recycler.accept(images);
      images = null;
    }
  }
}
