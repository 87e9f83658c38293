package org.onnxghn.ghn.checkpoint;

/** IEEE 754 binary16; Java 17 has no conversion of its own. */
final class Half {
  private Half() {}

  static float toFloat(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = half >>> 10 & 0x1f;
    int fraction = half & 0x3ff;
    if (exponent == 0) {
      float magnitude = fraction * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wide = exponent == 0x1f ? 0xff : exponent + 112;
    return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
  }

  /** Rounds to nearest, ties to even; too large becomes infinite, NaN stays NaN. */
  static short fromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >>> 16 & 0x8000;
    float magnitude = Math.abs(value);
    if (Float.isNaN(value)) {
      return (short) (sign | 0x7e00);
    }
    if (magnitude >= 65520f) {
      return (short) (sign | 0x7c00);
    }
    if (magnitude < 0x1p-14f) {
      return (short) (sign | (int) Math.rint(magnitude * 0x1p24));
    }
    int absolute = bits & 0x7fffffff;
    int rounded = absolute + 0xfff + (absolute >>> 13 & 1);
    return (short) (sign | (rounded >>> 13) - (112 << 10));
  }
}
