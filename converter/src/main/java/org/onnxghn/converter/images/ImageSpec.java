package org.onnxghn.converter.images;

/**
 * What images are made into. An image is resized, keeping its aspect, until it just covers the
 * crop's shape with a shorter side of {@code resize}, then cropped in the middle: torchvision's
 * {@code Resize(resize), CenterCrop((height, width))} for squares.
 *
 * @param channels 3 (grey images get three equal planes) or 1 (colours become ITU-R 601 luma)
 * @param height rows of the result
 * @param width columns of the result
 * @param resize shorter side before the crop, at least that of the crop; equal to it, the crop cuts
 *     nothing off square images
 */
public record ImageSpec(int channels, int height, int width, int resize) {
  private static final int LARGEST = 4096;

  /** Checks the bounds. */
  public ImageSpec {
    if (channels != 1 && channels != 3) {
      throw new ImageException(
          ImageException.TOO_LARGE,
          "images of " + channels + " channels are asked for",
          "Images have 1 (grey) or 3 (colour) channels.");
    }
    if (height < 1 || width < 1 || resize < Math.min(height, width)) {
      throw new ImageException(
          ImageException.TOO_LARGE,
          "images cannot be resized to " + resize + " and cropped to " + height + "x" + width,
          "Give sizes of 1 or more, and resize at least to the crop's shorter side.");
    }
    if (Math.max(Math.max(height, width), resize) > LARGEST) {
      throw new ImageException(
          ImageException.TOO_LARGE,
          "images of %dx%d (resized to %d) are asked for; the limit is %d"
              .formatted(height, width, resize, LARGEST),
          "Choose a smaller size.");
    }
  }

  /** Square images of this size: the shorter side is resized to it. */
  public static ImageSpec square(int channels, int size) {
    return new ImageSpec(channels, size, size, size);
  }

  /**
   * How classifiers are usually evaluated: from 128 pixels on, the shorter side is resized to 8/7
   * of the crop (256 for 224); smaller images are not cropped.
   */
  public static ImageSpec evaluation(int channels, int height, int width) {
    int shorter = Math.min(height, width);
    int resize = shorter >= 128 ? (int) Math.min(LARGEST, Math.round(shorter * 8 / 7.0)) : shorter;
    return new ImageSpec(channels, height, width, resize);
  }

  /** As much of each image as the resize leaves, before the crop: to crop at random from. */
  public ImageSpec uncropped() {
    double scale = (double) resize / Math.min(height, width);
    return new ImageSpec(
        channels, (int) Math.round(height * scale), (int) Math.round(width * scale), resize);
  }

  /** Bytes of one image. */
  int bytes() {
    return channels * height * width;
  }
}
