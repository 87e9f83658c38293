package org.onnxghn.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onnxghn.converter.initializers.RandomStream;
import org.onnxghn.onnx.Shape;

class NoiseTest {
  private static float[] weight(int elements) {
    float[] values = new float[elements];
    for (int i = 0; i < elements; i++) {
      values[i] = (float) ((i * 7919 % 101) / 50.0 - 1 + i % 5 * 0.1);
    }
    return values;
  }

  /** Expected: {@code np.corrcoef(w).std(ddof=1)} of NumPy, w transposed where it is wide. */
  @ParameterizedTest
  @CsvSource({
    "6, 24, 0.6294779128551108",
    "4, 24, 0.6228268536528337",
    "5, 60, 0.5973051960077026"
  })
  void spreadIsThatOfNumPysCorrelationMatrix(int outputs, int elements, double expected) {
    assertThat(Noise.correlationSpread(weight(elements), outputs))
        .isCloseTo(expected, within(1e-5));
  }

  @Test
  void deviatesByBetaTimesTheSpread() {
    float[] before = weight(300 * 200);
    float[] values = before.clone();
    Noise.add(values, Shape.of(300, 200), 0.5, RandomStream.of(0, "noise", "w"));
    double squares = 0;
    for (int i = 0; i < values.length; i++) {
      squares += Math.pow(values[i] - before[i], 2);
    }
    double expected = 0.5 * Noise.correlationSpread(before, 300);
    assertThat(Math.sqrt(squares / values.length)).isCloseTo(expected, within(0.02 * expected));
    assertThat(expected).isPositive();
  }

  @Test
  void vectorsWithoutVarianceAddNothing() {
    float[] values = {1, 1, 1, 1};
    Noise.add(values, Shape.of(2, 2), 1, RandomStream.of(0, "noise", "w"));
    assertThat(values).containsOnly(1);
    float[] single = {3, 4};
    Noise.add(single, Shape.of(2, 1), 1, RandomStream.of(0, "noise", "w"));
    assertThat(single).containsExactly(3, 4);
  }
}
