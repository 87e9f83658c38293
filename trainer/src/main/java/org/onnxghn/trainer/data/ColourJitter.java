package org.onnxghn.trainer.data;

import java.util.SplittableRandom;

/**
 * Random brightness, contrast and saturation, in this order, each a blend as torchvision's {@code
 * ColorJitter}: a factor from {@code [max(0, 1 - x), 1 + x]}. Saturation leaves grey images alone.
 */
public record ColourJitter(double brightness, double contrast, double saturation) {
  /** Checks that nothing is negative. */
  public ColourJitter {
    if (!(brightness >= 0 && contrast >= 0 && saturation >= 0)) {
      throw new IllegalArgumentException("a negative colour jitter");
    }
  }

  /** Changes {@code channels} planes of values from 0 to 255 in place. */
  void apply(float[] planes, int channels, SplittableRandom random) {
    float light = factor(brightness, random);
    float difference = factor(contrast, random);
    float colour = factor(saturation, random);
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
    }
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
