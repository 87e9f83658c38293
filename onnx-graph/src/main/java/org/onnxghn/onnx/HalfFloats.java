package org.onnxghn.onnx;

/**
 * IEEE 754 binary16 and bfloat16, to and from float32, rounding to nearest even. (Java has them
 * from release 20 on.)
 */
public final class HalfFloats {
  private HalfFloats() {}

  /** The value of a binary16; exact. */
  public static float fromHalf(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = half >>> 10 & 0x1f;
    int fraction = half & 0x3ff;
    if (exponent == 0) {
      float magnitude = fraction * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int bits = exponent == 0x1f ? 0x7f800000 : exponent + 112 << 23;
    return Float.intBitsToFloat(sign | bits | fraction << 13);
  }

  /** The nearest binary16, ties to even; infinite from 65520 on, NaN stays NaN. */
  public static short toHalf(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >>> 16 & 0x8000;
    int magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) {
      return (short) (sign | 0x7e00 | magnitude >>> 13 & 0x3ff);
    }
    if (magnitude >= 0x477ff000) { // 65520
      return (short) (sign | 0x7c00);
    }
    if (magnitude < 0x38800000) { // below 2^-14: subnormal, in steps of 2^-24
      // rint rounds to nearest even, and the product with a power of two is exact
      return (short) (sign | (int) Math.rint(Math.abs((double) value) * 0x1p24));
    }
    int rounded = magnitude + 0xfff + (magnitude >>> 13 & 1);
    return (short) (sign | (rounded >>> 13) - (112 << 10));
  }

  /** The value of a bfloat16; exact. */
  public static float fromBfloat(short value) {
    return Float.intBitsToFloat(value << 16);
  }

  /** The nearest bfloat16, ties to even; NaN stays NaN. */
  public static short toBfloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
  }

  /** What is left of a value when it is stored in this type and read again. */
  static float rounded(float value, ElementType type) {
    return switch (type) {
      case FLOAT16 -> fromHalf(toHalf(value));
      case BFLOAT16 -> fromBfloat(toBfloat(value));
      default -> value;
    };
  }
}
