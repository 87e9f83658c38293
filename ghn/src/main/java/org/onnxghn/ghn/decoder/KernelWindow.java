package org.onnxghn.ghn.decoder;

/**
 * The part of the decoder's S x S grid that a kernel uses (GHN3.md 4.3b), and the kernel that is
 * made of it: larger than the part when the kernel is larger than the grid.
 *
 * @param top first row
 * @param left first column
 * @param height rows
 * @param width columns
 * @param kernelHeight rows of the kernel
 * @param kernelWidth columns of the kernel
 */
record KernelWindow(int top, int left, int height, int width, int kernelHeight, int kernelWidth) {

  /**
   * @param centred around the middle as in GHN-3, or from the top left corner as in GHN-2
   */
  static KernelWindow of(long kernelHeight, long kernelWidth, int grid, boolean centred) {
    int top = centred ? first(kernelHeight, grid) : 0;
    int left = centred ? first(kernelWidth, grid) : 0;
    int bottom = centred ? end(kernelHeight, grid) : (int) Math.min(kernelHeight, grid);
    int right = centred ? end(kernelWidth, grid) : (int) Math.min(kernelWidth, grid);
    return new KernelWindow(
        top,
        left,
        bottom - top,
        right - left,
        Math.toIntExact(kernelHeight),
        Math.toIntExact(kernelWidth));
  }

  private static int first(long kernel, int grid) {
    return (int) Math.max(0, grid / 2 - kernel / 2);
  }

  private static int end(long kernel, int grid) {
    return (int) Math.min(grid, grid / 2 + (kernel + 1) / 2);
  }

  /** Positions of the grid. */
  int positions() {
    return height * width;
  }

  /** Whether the kernel is larger than the grid, and has to be interpolated. */
  boolean isInterpolated() {
    return height != kernelHeight || width != kernelWidth;
  }
}
