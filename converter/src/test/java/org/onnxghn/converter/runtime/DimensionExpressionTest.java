package org.onnxghn.converter.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The formulas in names of dimensions. */
class DimensionExpressionTest {
  private static final Map<String, Long> SIZES = Map.of("past", 5L, "s0", 3L, "a.b", 2L);

  @ParameterizedTest
  @CsvSource({
    "past + s0, 8",
    "past+s0, 8",
    "past_ + s0 - s0, -1",
    "2*s0 + 1, 7",
    "2*(s0 + 1), 8",
    "past//2, 2",
    "past / 2 * a.b, 4",
    "past - s0 - 1, 1",
    "s0, 3"
  })
  void values(String text, long value) {
    assertThat(DimensionExpression.evaluate(text, SIZES).orElse(-1)).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "past-seq",
        "past +",
        "(past",
        "past)",
        "past s0",
        "past ? s0",
        "s0 - past",
        "past//0",
        "s0*s0*s0*999999999*999999999*999999999*999999999",
        "12345678901"
      })
  void othersAreNoFormulas(String text) {
    assertThat(DimensionExpression.evaluate(text, SIZES)).isEmpty();
  }

  @Test
  void aLongNameEndsInNothingButAnEmptyResult() {
    assertThat(DimensionExpression.evaluate("(".repeat(1_000_000), SIZES)).isEmpty();
    assertThat(DimensionExpression.operands("a+".repeat(1_000_000))).isEmpty();
  }

  @Test
  void namesAreOperandsOfFormulasOnly() {
    assertThat(DimensionExpression.operands("past + s0")).containsExactly("past", "s0");
    assertThat(DimensionExpression.operands("past")).isEmpty();
    assertThat(DimensionExpression.operands("3")).isEmpty();
  }
}
