package org.onnxghn.trainer.data;

import java.util.SplittableRandom;

/**
 * Which part of an image is used.
 *
 * @param kind see there
 * @param padding black pixels added on each side, for {@link Kind#PADDED}
 * @param smallest share of the image's area, for {@link Kind#RESIZED}
 */
public record Crop(Kind kind, int padding, double smallest) {
  /** How the part is chosen. */
  public enum Kind {
    /** The middle. */
    CENTRE,
    /** Anywhere, also over an edge by the padding: torchvision's {@code RandomCrop}. */
    PADDED,
    /**
     * Of random area and of random aspect between 3:4 and 4:3, then resized: torchvision's {@code
     * RandomResizedCrop}, but without antialiasing.
     */
    RESIZED
  }

  /** A part of an image: from row {@code top} and column {@code left}, which may be outside. */
  record Box(int top, int left, int height, int width) {}

  private static final int ATTEMPTS = 10;

  /** Checks the numbers. */
  public Crop {
    if (padding < 0 || !(smallest > 0 && smallest <= 1)) {
      throw new IllegalArgumentException("a crop with padding " + padding + ", area " + smallest);
    }
  }

  /** See {@link Kind#CENTRE}. */
  public static Crop centre() {
    return new Crop(Kind.CENTRE, 0, 1);
  }

  /** See {@link Kind#PADDED}; 4 is usual for CIFAR. */
  public static Crop padded(int padding) {
    return new Crop(Kind.PADDED, padding, 1);
  }

  /** See {@link Kind#RESIZED}; 0.08 is usual for ImageNet. */
  public static Crop resized(double smallest) {
    return new Crop(Kind.RESIZED, 0, smallest);
  }

  /**
   * A part of an image of {@code height x width} for an output of {@code rows x columns}; of just
   * that size, unless it is to be resized.
   */
  Box choose(int height, int width, int rows, int columns, SplittableRandom random) {
    return switch (kind) {
      case CENTRE ->
          new Box(
              (int) Math.rint((height - rows) / 2.0),
              (int) Math.rint((width - columns) / 2.0),
              rows,
              columns);
      case PADDED ->
          new Box(offset(height, rows, random), offset(width, columns, random), rows, columns);
      case RESIZED -> resized(height, width, random);
    };
  }

  private int offset(int size, int wanted, SplittableRandom random) {
    int room = size + 2 * padding - wanted;
    return room < 0 ? room / 2 - padding : random.nextInt(room + 1) - padding;
  }

  private Box resized(int height, int width, SplittableRandom random) {
    double area = (double) height * width;
    double logRatio = StrictMath.log(4.0 / 3);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      double target = area * (smallest + (1 - smallest) * random.nextDouble());
      double ratio = StrictMath.exp(logRatio * (2 * random.nextDouble() - 1));
      int w = (int) Math.rint(Math.sqrt(target * ratio));
      int h = (int) Math.rint(Math.sqrt(target / ratio));
      if (w > 0 && h > 0 && w <= width && h <= height) {
        return new Box(random.nextInt(height - h + 1), random.nextInt(width - w + 1), h, w);
      }
    }
    int side = Math.min(height, width);
    return new Box((height - side) / 2, (width - side) / 2, side, side);
  }
}
