package org.onnxghn.converter.images;

import java.util.List;

/**
 * A labelled data set of 8-bit images that all have the same size. Safe for use by several threads.
 */
public interface Images {
  /** Number of images. */
  int size();

  /** 3 (red, green, blue) or 1 (grey). */
  int channels();

  /** Rows. */
  int height();

  /** Columns. */
  int width();

  /** Names of the classes; a label is an index into this list. */
  List<String> classNames();

  /** The class of an image. */
  int label(int index);

  /**
   * Copies an image: one plane of {@code height x width} unsigned bytes after the other, {@code
   * channels x height x width} in all, from the start of the array.
   */
  void read(int index, byte[] planes);

  /** What was left out, in the order of the files; the images above do not count these. */
  List<BadImage> bad();

  /** Bytes of one image. */
  default int imageBytes() {
    return channels() * height() * width();
  }

  /** These images only, in this order; the array is copied. */
  default Images subset(int[] indices) {
    return new ImageSubset(this, indices);
  }
}
