package org.onnxghn.converter.images;

/**
 * Resizing with antialiasing, bit for bit as Pillow's {@code Image.resize} with {@code BILINEAR}
 * (which torchvision uses): a triangle filter that widens with the scale, coefficients of 22 bits,
 * columns first, rounded to bytes between the two passes. Only what the crop needs is computed, so
 * that memory is bounded by input and crop, whatever the aspect.
 */
final class Resize {
  private static final int PRECISION = 32 - 8 - 2;

  private Resize() {}

  /** Channels, size and crop of the specification. */
  static RawImage apply(RawImage original, ImageSpec spec) {
    RawImage image = original.withChannels(spec.channels());
    int shorter = Math.min(spec.height(), spec.width());
    long coverHeight = Math.round((double) spec.height() * spec.resize() / shorter);
    long coverWidth = Math.round((double) spec.width() * spec.resize() / shorter);
    long height = coverHeight;
    long width = coverWidth;
    if (image.width() * coverHeight <= image.height() * coverWidth) {
      height = Math.max(coverHeight, coverWidth * image.height() / image.width());
    } else {
      width = Math.max(coverWidth, coverHeight * image.width() / image.height());
    }
    if (height == image.height()
        && width == image.width()
        && height == spec.height()
        && width == spec.width()) {
      return image;
    }
    Axis rows = Axis.of(image.height(), height, spec.height());
    Axis columns = Axis.of(image.width(), width, spec.width());
    byte[] result = new byte[spec.bytes()];
    byte[] narrow = new byte[rows.inputs() * spec.width()];
    for (int channel = 0; channel < spec.channels(); channel++) {
      int plane = channel * image.height() * image.width();
      horizontal(image, plane, rows, columns, narrow);
      vertical(narrow, rows, spec, result, channel * spec.height() * spec.width());
    }
    return new RawImage(result, spec.channels(), spec.height(), spec.width());
  }

  private static void horizontal(
      RawImage image, int plane, Axis rows, Axis columns, byte[] narrow) {
    int width = columns.first.length;
    for (int row = 0; row < rows.inputs(); row++) {
      int line = plane + (rows.lowest() + row) * image.width();
      for (int column = 0; column < width; column++) {
        int[] weights = columns.weights[column];
        int from = line + columns.first[column];
        int sum = 1 << (PRECISION - 1);
        for (int i = 0; i < weights.length; i++) {
          sum += (image.planes()[from + i] & 0xff) * weights[i];
        }
        narrow[row * width + column] = clip(sum);
      }
    }
  }

  private static void vertical(byte[] narrow, Axis rows, ImageSpec spec, byte[] result, int plane) {
    int width = spec.width();
    for (int row = 0; row < spec.height(); row++) {
      int[] weights = rows.weights[row];
      int from = (rows.first[row] - rows.lowest()) * width;
      for (int column = 0; column < width; column++) {
        int sum = 1 << (PRECISION - 1);
        for (int i = 0; i < weights.length; i++) {
          sum += (narrow[from + i * width + column] & 0xff) * weights[i];
        }
        result[plane + row * width + column] = clip(sum);
      }
    }
  }

  private static byte clip(int sum) {
    return (byte) Math.max(0, Math.min(255, sum >> PRECISION));
  }

  /**
   * The filter along one axis, for the outputs that the crop keeps.
   *
   * @param first first input of each output
   * @param weights of the inputs from there on, in units of 2^-22
   */
  private record Axis(int[] first, int[][] weights) {
    /** From {@code in} pixels to {@code out}, of which the middle {@code crop} are kept. */
    static Axis of(int in, long out, int crop) {
      // Python's round(), which torchvision's CenterCrop uses, rounds halves to even.
      long offset = (long) Math.rint((out - crop) / 2.0);
      double scale = (double) in / out;
      double support = Math.max(scale, 1);
      int[] first = new int[crop];
      int[][] weights = new int[crop][];
      for (int i = 0; i < crop; i++) {
        double centre = (offset + i + 0.5) * scale;
        int from = Math.max(0, (int) (centre - support + 0.5));
        int to = Math.min(in, (int) (centre + support + 0.5));
        double[] exact = new double[to - from];
        double sum = 0;
        for (int x = 0; x < exact.length; x++) {
          double distance = Math.abs((x + from - centre + 0.5) / support);
          exact[x] = Math.max(0, 1 - distance);
          sum += exact[x];
        }
        first[i] = from;
        weights[i] = new int[exact.length];
        for (int x = 0; x < exact.length; x++) {
          weights[i][x] = (int) (0.5 + exact[x] / sum * (1 << PRECISION));
        }
      }
      return new Axis(first, weights);
    }

    int lowest() {
      return first[0];
    }

    /** How many inputs the outputs look at. */
    int inputs() {
      int last = first.length - 1;
      return first[last] + weights[last].length - first[0];
    }
  }
}
