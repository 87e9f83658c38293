package org.onnxghn.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HalfFloatsTest {
  /** Values of IEEE 754 and of NumPy 2.4's float16. */
  @ParameterizedTest
  @CsvSource({
    "0x3c00, 1.0",
    "0xc000, -2.0",
    "0x7bff, 65504.0",
    "0x0400, 6.103515625e-05",
    "0x0001, 5.9604644775390625e-08",
    "0x03ff, 6.0975551605224609375e-05",
    "0x3555, 0.333251953125",
    "0x8000, -0.0",
    "0x7c00, Infinity",
    "0xfc00, -Infinity"
  })
  void knownHalves(String bits, float value) {
    short half = (short) Integer.decode(bits).intValue();
    assertThat(Float.floatToIntBits(HalfFloats.fromHalf(half)))
        .isEqualTo(Float.floatToIntBits(value));
    assertThat(HalfFloats.toHalf(value)).isEqualTo(half);
  }

  @Test
  void everyHalfSurvives() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = HalfFloats.fromHalf((short) bits);
      if (Float.isNaN(value)) {
        assertThat(HalfFloats.fromHalf(HalfFloats.toHalf(value))).isNaN();
      } else {
        assertThat(HalfFloats.toHalf(value)).isEqualTo((short) bits);
      }
    }
  }

  @Test
  void betweenTwoHalvesTheNearerWinsAndTiesGoToEven() {
    for (int bits = 0; bits < 0x7bff; bits++) {
      float low = HalfFloats.fromHalf((short) bits);
      float middle = (low + HalfFloats.fromHalf((short) (bits + 1))) / 2;
      int even = bits + (bits & 1);
      assertThat(HalfFloats.toHalf(middle)).isEqualTo((short) even);
      assertThat(HalfFloats.toHalf(-middle)).isEqualTo((short) (even | 0x8000));
      assertThat(HalfFloats.toHalf(Math.nextDown(middle))).isEqualTo((short) bits);
      assertThat(HalfFloats.toHalf(Math.nextUp(middle))).isEqualTo((short) (bits + 1));
    }
    assertThat(HalfFloats.toHalf(65519.99f)).isEqualTo((short) 0x7bff);
    assertThat(HalfFloats.toHalf(65520f)).isEqualTo((short) 0x7c00);
    assertThat(HalfFloats.toHalf(Float.MIN_VALUE)).isZero();
  }

  @Test
  void bfloatsRoundToNearestEven() {
    for (int bits = 0; bits < 0x7f7f; bits++) {
      float low = HalfFloats.fromBfloat((short) bits);
      float middle = Float.intBitsToFloat(bits << 16 | 0x8000);
      assertThat(HalfFloats.toBfloat(low)).isEqualTo((short) bits);
      assertThat(HalfFloats.toBfloat(middle)).isEqualTo((short) (bits + (bits & 1)));
      assertThat(HalfFloats.toBfloat(Math.nextDown(middle))).isEqualTo((short) bits);
      assertThat(HalfFloats.toBfloat(Math.nextUp(middle))).isEqualTo((short) (bits + 1));
    }
    assertThat(HalfFloats.fromBfloat(HalfFloats.toBfloat(Float.NaN))).isNaN();
    assertThat(HalfFloats.fromBfloat(HalfFloats.toBfloat(Float.MAX_VALUE))).isInfinite();
  }
}
