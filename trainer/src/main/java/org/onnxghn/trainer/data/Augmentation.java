package org.onnxghn.trainer.data;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.onnxghn.converter.images.Normalisation;

/**
 * What happens to an image before a network sees it: crop, flip, colours, normalisation. All that
 * is random depends on a seed for each sample, so that it is the same whatever thread does it.
 *
 * @param height rows of the result
 * @param width columns of the result
 * @param crop which part of the stored image
 * @param flip whether every other image, at random, is mirrored left to right
 * @param jitter of colours, or null
 * @param normalisation last, for as many channels as the images have
 */
public record Augmentation(
    int height,
    int width,
    Crop crop,
    boolean flip,
    ColourJitter jitter,
    Normalisation normalisation) {

  /** Nothing random: the middle, normalised. */
  public static Augmentation evaluation(int height, int width, Normalisation normalisation) {
    return new Augmentation(height, width, Crop.centre(), false, null, normalisation);
  }

  /** As small images are usually trained on: a crop padded by an eighth (4 for 32), and flips. */
  public static Augmentation small(int height, int width, Normalisation normalisation) {
    Crop crop = Crop.padded(Math.min(height, width) / 8);
    return new Augmentation(height, width, crop, true, null, normalisation);
  }

  /** As ImageNet is usually trained on: resized crops of 8 % of the area or more, and flips. */
  public static Augmentation large(int height, int width, Normalisation normalisation) {
    return new Augmentation(height, width, Crop.resized(0.08), true, null, normalisation);
  }

  /** The seed of one sample in one epoch. */
  static long sampleSeed(long seed, int epoch, int index) {
    return mix(seed + mix(((long) epoch << 32) + index + 0x9e3779b97f4a7c15L));
  }

  /** The finalizer of SplitMix64: near seeds become unrelated. */
  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** Floats of a result. */
  int length(int channels) {
    return Math.multiplyExact(channels, Math.multiplyExact(height, width));
  }

  /**
   * Makes one sample.
   *
   * @param planes unsigned bytes, {@code channels x rows x columns}
   * @param table of the normalisation
   * @param out gets {@code channels x height x width}
   */
  void apply(byte[] planes, int rows, int columns, float[][] table, long seed, float[] out) {
    SplittableRandom random = new SplittableRandom(seed);
    Crop.Box box = crop.choose(rows, columns, height, width, random);
    boolean mirrored = flip && random.nextBoolean();
    int channels = table.length;
    boolean exact = box.height() == height && box.width() == width;
    for (int channel = 0; channel < channels; channel++) {
      Plane plane = new Plane(planes, channel * rows * columns, rows, columns);
      if (exact) {
        copy(plane, box, jitter == null ? table[channel] : IDENTITY, out, channel);
      } else {
        resample(plane, box, out, channel);
      }
    }
    if (mirrored) {
      mirror(out);
    }
    if (jitter != null) {
      jitter.apply(out, channels, random);
    }
    if (jitter != null || !exact) {
      normalise(out, table);
    }
  }

  /** Where in the bytes one channel is. */
  private record Plane(byte[] bytes, int start, int rows, int columns) {}

  private static final float[] IDENTITY = identity();

  private static float[] identity() {
    float[] values = new float[256];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return values;
  }

  private void copy(Plane plane, Crop.Box box, float[] values, float[] out, int channel) {
    int from = Math.max(0, -box.left());
    int to = Math.max(from, Math.min(width, plane.columns() - box.left()));
    float black = values[0];
    for (int y = 0; y < height; y++) {
      int line = (channel * height + y) * width;
      int row = box.top() + y;
      if (row < 0 || row >= plane.rows()) {
        Arrays.fill(out, line, line + width, black);
        continue;
      }
      Arrays.fill(out, line, line + from, black);
      int shift = plane.start() + row * plane.columns() + box.left() - line;
      for (int i = line + from; i < line + to; i++) {
        out[i] = values[plane.bytes()[i + shift] & 0xff];
      }
      Arrays.fill(out, line + to, line + width, black);
    }
  }

  private void resample(Plane plane, Crop.Box box, float[] out, int channel) {
    int[] left = new int[width];
    float[] part = new float[width];
    for (int x = 0; x < width; x++) {
      float at = position(x, box.width(), width);
      left[x] = Math.min((int) at, box.width() - 1);
      part[x] = at - left[x];
    }
    for (int y = 0; y < height; y++) {
      float at = position(y, box.height(), height);
      int row = Math.min((int) at, box.height() - 1);
      float down = at - row;
      int above = plane.start() + (box.top() + row) * plane.columns() + box.left();
      int below = row + 1 < box.height() ? above + plane.columns() : above;
      int line = (channel * height + y) * width;
      for (int x = 0; x < width; x++) {
        int next = left[x] + 1 < box.width() ? left[x] + 1 : left[x];
        float top = blend(plane.bytes(), above + left[x], above + next, part[x]);
        float bottom = blend(plane.bytes(), below + left[x], below + next, part[x]);
        out[line + x] = top + (bottom - top) * down;
      }
    }
  }

  /** Where the middle of an output pixel lies, in pixels of the input. */
  private static float position(int out, int in, int size) {
    return Math.max(0, (out + 0.5f) * in / size - 0.5f);
  }

  private static float blend(byte[] bytes, int one, int other, float part) {
    float first = bytes[one] & 0xff;
    return first + ((bytes[other] & 0xff) - first) * part;
  }

  private void mirror(float[] out) {
    for (int line = 0; line < out.length; line += width) {
      for (int i = line, j = line + width - 1; i < j; i++, j--) {
        float swap = out[i];
        out[i] = out[j];
        out[j] = swap;
      }
    }
  }

  /** The table is linear: its ends tell all of it. */
  private void normalise(float[] out, float[][] table) {
    int pixels = height * width;
    for (int channel = 0; channel < table.length; channel++) {
      float shift = table[channel][0];
      float scale = (table[channel][255] - shift) / 255;
      for (int i = channel * pixels; i < (channel + 1) * pixels; i++) {
        out[i] = out[i] * scale + shift;
      }
    }
  }
}
