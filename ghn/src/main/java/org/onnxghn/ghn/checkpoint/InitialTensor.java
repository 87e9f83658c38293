package org.onnxghn.ghn.checkpoint;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.Shape;

/**
 * A tensor of random or constant values that is never held in memory: element i is a function of
 * the seed and i (SplitMix64 as a counter-based generator), so that any part can be made at any
 * time.
 *
 * @param seed of this tensor
 * @param scale half the width of the uniform distribution, the standard deviation of the normal
 *     one, or the constant itself
 * @param cut the normal distribution is truncated at plus and minus this; may be infinite
 */
record InitialTensor(Shape shape, Distribution distribution, long seed, double scale, double cut)
    implements TensorSource {
  enum Distribution {
    CONSTANT,
    UNIFORM,
    NORMAL
  }

  private static final long GAMMA = 0x9e3779b97f4a7c15L;
  private static final int CHUNK = 1 << 12;
  private static final int MAX_REDRAWS = 64;

  @Override
  public ElementType type() {
    return ElementType.FLOAT;
  }

  @Override
  public void read(long first, FloatBuffer into) {
    // Through an array: a loop over a buffer would take several times as long.
    float[] values = new float[Math.min(CHUNK, into.remaining())];
    for (long i = first; into.hasRemaining(); i += values.length) {
      int n = Math.min(values.length, into.remaining());
      switch (distribution) {
        case CONSTANT -> Arrays.fill(values, (float) scale);
        case UNIFORM -> uniform(i, values, n);
        case NORMAL -> normal(i, values, n);
      }
      into.put(values, 0, n);
    }
  }

  private void uniform(long first, float[] values, int n) {
    for (int i = 0; i < n; i++) {
      values[i] = (float) ((2 * unit(first + i) - 1) * scale);
    }
  }

  private void normal(long first, float[] values, int n) {
    for (int i = 0; i < n; i++) {
      values[i] = (float) normal(first + i);
    }
  }

  /** Uniform in the open interval (0, 1): 24 bits, all that a float takes. */
  private double unit(long counter) {
    return ((mix(seed + (counter + 1) * GAMMA) >>> 40) + 0.5) * 0x1p-24;
  }

  private double normal(long i) {
    for (int redraw = 0; redraw < MAX_REDRAWS; redraw++) {
      long counter = (i * MAX_REDRAWS + redraw) * 2;
      // Box-Muller; StrictMath gives the same bits on every machine.
      double radius = StrictMath.sqrt(-2 * StrictMath.log(unit(counter)));
      double value = scale * radius * StrictMath.cos(2 * Math.PI * unit(counter + 1));
      if (Math.abs(value) <= cut) {
        return value;
      }
    }
    return 0;
  }

  /** The finaliser of SplitMix64 (Steele, Lea, Flood 2014). */
  static long mix(long z) {
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
