package org.onnxghn.trainer.data;

import java.util.SplittableRandom;

/**
 * Random brightness, contrast, saturation and hue, in this order, as torchvision's {@code
 * ColorJitter}: the first three are blends with a factor from {@code [max(0, 1 - x), 1 + x]}, the
 * hue turns by a part of the colour circle from {@code [-x, x]}. Saturation and hue leave grey
 * images alone.
 *
 * @param hue at most half of the circle, 0.5
 */
public record ColourJitter(double brightness, double contrast, double saturation, double hue) {
  /** Checks that nothing is negative, and the hue. */
  public ColourJitter {
    if (!(brightness >= 0 && contrast >= 0 && saturation >= 0 && hue >= 0 && hue <= 0.5)) {
      throw new IllegalArgumentException("a colour jitter that is negative, or a hue above 0.5");
    }
  }

  /** Changes {@code channels} planes of values from 0 to 255 in place. */
  void apply(float[] planes, int channels, SplittableRandom random) {
    float light = factor(brightness, random);
    float difference = factor(contrast, random);
    float colour = factor(saturation, random);
    float turn = (float) (hue * (2 * random.nextDouble() - 1));
    for (int i = 0; i < planes.length; i++) {
      planes[i] = clip(planes[i] * light);
    }
    int pixels = planes.length / channels;
    double sum = 0;
    for (int i = 0; i < pixels; i++) {
      sum += luma(planes, channels, pixels, i);
    }
    float mean = (float) (sum / pixels);
    for (int i = 0; i < planes.length; i++) {
      planes[i] = clip(mean + (planes[i] - mean) * difference);
    }
    if (channels == 3) {
      for (int i = 0; i < pixels; i++) {
        float grey = luma(planes, channels, pixels, i);
        for (int at = i; at < planes.length; at += pixels) {
          planes[at] = clip(grey + (planes[at] - grey) * colour);
        }
      }
      if (hue > 0) {
        turnHue(planes, turn);
      }
    }
  }

  /**
   * Turns the hue of red, green and blue planes by a part of the colour circle, by way of HSV.
   * Saturation and value stay.
   */
  static void turnHue(float[] planes, float turn) {
    int pixels = planes.length / 3;
    for (int i = 0; i < pixels; i++) {
      float red = planes[i];
      float green = planes[pixels + i];
      float blue = planes[2 * pixels + i];
      float value = Math.max(red, Math.max(green, blue));
      float chroma = value - Math.min(red, Math.min(green, blue));
      if (chroma == 0) {
        continue;
      }
      float sixths =
          value == red
              ? (green - blue) / chroma
              : value == green ? 2 + (blue - red) / chroma : 4 + (red - green) / chroma;
      float at = sixths + 6 * turn;
      planes[i] = channel(5, at, value, chroma);
      planes[pixels + i] = channel(3, at, value, chroma);
      planes[2 * pixels + i] = channel(1, at, value, chroma);
    }
  }

  /** HSV to one channel: {@code v - c max(0, min(k, 4 - k, 1))} with {@code k = (n + h) mod 6}. */
  private static float channel(int offset, float sixths, float value, float chroma) {
    float k = (offset + sixths) % 6;
    k = k < 0 ? k + 6 : k;
    return value - chroma * Math.max(0, Math.min(Math.min(k, 4 - k), 1));
  }

  private static float factor(double range, SplittableRandom random) {
    double low = Math.max(0, 1 - range);
    return (float) (low + random.nextDouble() * (1 + range - low));
  }

  private static float luma(float[] planes, int channels, int pixels, int at) {
    return channels == 1
        ? planes[at]
        : 0.299f * planes[at] + 0.587f * planes[pixels + at] + 0.114f * planes[2 * pixels + at];
  }

  private static float clip(float value) {
    return Math.max(0, Math.min(255, value));
  }
}
