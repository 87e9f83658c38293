package org.onnxghn.converter.initializers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.Shape;

/** Statistics of fresh tensors against the theory that each initializer cites. */
class InitializersTest {
  private static final Shape CONV = Shape.of(256, 64, 3, 3);

  private static float[] fill(FallbackMethod method, Role role, Shape shape, Fans fans, long h) {
    float[] values = new float[(int) shape.elements()];
    java.util.Arrays.fill(values, Float.NaN);
    Target target = new Target("t", role, shape, fans, h);
    method.initializer().fill(values, target, RandomStream.of(7, "fallback", "t"));
    return values;
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double std(float[] values) {
    double mean = mean(values);
    double sum = 0;
    for (float value : values) {
      sum += (value - mean) * (value - mean);
    }
    return Math.sqrt(sum / values.length);
  }

  private static double largest(float[] values) {
    double max = 0;
    for (float value : values) {
      max = Math.max(max, Math.abs(value));
    }
    return max;
  }

  @Test
  void fansAreCountedAsPyTorchCountsThem() {
    assertThat(Fans.of(CONV)).isEqualTo(new Fans(576, 2304));
    assertThat(Fans.of(Shape.of(10, 20))).isEqualTo(new Fans(20, 10));
    assertThat(Fans.of(Shape.of(32, 1, 3, 3))).as("depthwise").isEqualTo(new Fans(9, 288));
    assertThat(Fans.of(Shape.of(0, 3))).isEqualTo(new Fans(1, 1));
  }

  @Test
  void standardConvolutionIsUniformWithinOneOverRootFanIn() {
    float[] values = fill(FallbackMethod.STANDARD, Role.WEIGHT, CONV, Fans.of(CONV), 0);
    double bound = 1 / Math.sqrt(576);
    assertThat(largest(values)).isLessThanOrEqualTo(bound).isGreaterThan(0.999 * bound);
    assertThat(std(values)).isCloseTo(bound / Math.sqrt(3), within(0.01 * bound));
    assertThat(mean(values)).isCloseTo(0, within(0.01 * bound));
  }

  @Test
  void standardBiasHasTheBoundOfItsWeight() {
    float[] values =
        fill(FallbackMethod.STANDARD, Role.BIAS, Shape.of(4096), new Fans(576, 2304), 0);
    assertThat(largest(values)).isBetween(0.99 / 24, 1.0 / 24);
    assertThat(fill(FallbackMethod.STANDARD, Role.BIAS, Shape.of(4), null, 0)).containsOnly(0);
  }

  @ParameterizedTest
  @CsvSource({
    "NORM_WEIGHT, 1",
    "NORM_BIAS, 0",
    "RUNNING_MEAN, 0",
    "RUNNING_VARIANCE, 1",
    "ACTIVATION_SLOPE, 0.25",
    "LAYER_SCALE, 1e-6",
    "LOGIT_SCALE, 2.3025851"
  })
  void constants(Role role, float value) {
    assertThat(fill(FallbackMethod.STANDARD, role, Shape.of(5), new Fans(5, 5), 0))
        .containsOnly(value);
  }

  @ParameterizedTest
  @CsvSource({
    "EMBEDDING, 1",
    "POSITION_ENCODING, 0.02",
    "CLASS_TOKEN, 0.02",
    "RELATIVE_POSITION_BIAS, 0.02",
    "UNKNOWN, 0.02"
  })
  void normals(Role role, double expected) {
    Shape shape = Shape.of(100, 1000);
    float[] values = fill(FallbackMethod.STANDARD, role, shape, Fans.of(shape), 0);
    assertThat(std(values)).isCloseTo(expected, within(0.01 * expected));
    assertThat(mean(values)).isCloseTo(0, within(0.02 * expected));
    // A uniform sample of the same variance never leaves sqrt(3) deviations.
    assertThat(largest(values)).isGreaterThan(3 * expected);
  }

  @Test
  void truncatedNormalStaysWithinTwo() {
    RandomStream random = RandomStream.of(1, "p", "n");
    for (int i = 0; i < 10_000; i++) {
      assertThat(Math.abs(random.truncatedNormal(1.5))).isLessThanOrEqualTo(2);
    }
  }

  @Test
  void recurrentLayersAreUniformWithinOneOverRootHidden() {
    Shape shape = Shape.of(1, 1024, 256);
    float[] values = fill(FallbackMethod.STANDARD, Role.RECURRENT_WEIGHT, shape, null, 256);
    assertThat(largest(values)).isBetween(0.999 / 16, 1.0 / 16);
  }

  @Test
  void heHasVarianceTwoOverFanIn() {
    float[] values = fill(FallbackMethod.HE, Role.WEIGHT, CONV, Fans.of(CONV), 0);
    double std = Math.sqrt(2.0 / 576);
    assertThat(std(values)).isCloseTo(std, within(0.01 * std));
    assertThat(largest(values)).isGreaterThan(3 * std);
    assertThat(fill(FallbackMethod.HE, Role.BIAS, Shape.of(4), null, 0)).containsOnly(0);
  }

  @Test
  void xavierIsUniformWithinRootSixOverFans() {
    float[] values = fill(FallbackMethod.XAVIER, Role.WEIGHT, CONV, Fans.of(CONV), 0);
    double bound = Math.sqrt(6.0 / (576 + 2304));
    assertThat(largest(values)).isBetween(0.999 * bound, bound);
    assertThat(std(values)).isCloseTo(bound / Math.sqrt(3), within(0.01 * bound));
  }

  @ParameterizedTest
  @CsvSource({"64, 40, 3", "200, 10, 1", "50, 50, 1"})
  void orthogonalHasOrthonormalRowsOrColumns(int rows, int inputs, int kernel) {
    Shape shape = Shape.of(rows, inputs, kernel, kernel);
    float[] values = fill(FallbackMethod.ORTHOGONAL, Role.WEIGHT, shape, Fans.of(shape), 0);
    int columns = inputs * kernel * kernel;
    boolean wide = columns >= rows;
    int vectors = Math.min(rows, columns);
    for (int a = 0; a < vectors; a++) {
      for (int b = 0; b <= a; b++) {
        double product = 0;
        for (int k = 0; k < Math.max(rows, columns); k++) {
          product +=
              wide
                  ? values[a * columns + k] * values[b * columns + k]
                  : values[k * columns + a] * values[k * columns + b];
        }
        assertThat(product).isCloseTo(a == b ? 1 : 0, within(1e-5));
      }
    }
  }

  @Test
  void zeroIsZeroForNormScalesToo() {
    assertThat(fill(FallbackMethod.ZERO, Role.NORM_WEIGHT, Shape.of(3), new Fans(3, 3), 0))
        .containsOnly(0);
  }

  @Test
  void numbersDependOnSeedPurposeAndNameOnly() {
    double first = RandomStream.of(1, "fallback", "a").normal();
    assertThat(RandomStream.of(1, "fallback", "a").normal()).isEqualTo(first);
    assertThat(RandomStream.of(2, "fallback", "a").normal()).isNotEqualTo(first);
    assertThat(RandomStream.of(1, "noise", "a").normal()).isNotEqualTo(first);
    assertThat(RandomStream.of(1, "fallback", "b").normal()).isNotEqualTo(first);
  }
}
