package org.onnxghn.converter.images;

/**
 * A decoded image.
 *
 * @param planes unsigned bytes, {@code channels x height x width}
 * @param channels 1 or 3
 */
record RawImage(byte[] planes, int channels, int height, int width) {
  /** With this number of channels, by the rules of {@link ImageSpec#channels}. */
  RawImage withChannels(int wanted) {
    if (wanted == channels) {
      return this;
    }
    int pixels = height * width;
    byte[] result = new byte[wanted * pixels];
    if (wanted == 3) {
      for (int channel = 0; channel < 3; channel++) {
        System.arraycopy(planes, 0, result, channel * pixels, pixels);
      }
    } else {
      for (int i = 0; i < pixels; i++) {
        int red = planes[i] & 0xff;
        int green = planes[pixels + i] & 0xff;
        int blue = planes[2 * pixels + i] & 0xff;
        // Pillow's fixed-point form of 0.299 R + 0.587 G + 0.114 B.
        result[i] = (byte) ((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16);
      }
    }
    return new RawImage(result, wanted, height, width);
  }
}
