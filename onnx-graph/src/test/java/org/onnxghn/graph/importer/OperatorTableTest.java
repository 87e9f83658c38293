package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onnxghn.graph.Primitive;
import org.onnxghn.graph.Role;

class OperatorTableTest {
  private static final InputSet FIRST = new InputSet(List.of(0), InputSet.NONE);

  @ParameterizedTest
  @CsvSource({
    "Conv, 10, 1",
    "Conv, 11, 11",
    "Conv, 21, 11",
    "Conv, 9223372036854775807, 22",
    "BatchNormalization, 8, 7",
    "BatchNormalization, 13, 9",
    "BatchNormalization, 14, 14",
    "Upsample, 9, 9",
    "Upsample, 13, 10",
    "GroupNormalization, 20, 18"
  })
  void takesTheNewestVersionThatIsNotAboveTheOpset(String name, long opset, int since) {
    assertThat(OperatorTable.find("", name, opset))
        .get()
        .extracting(Operator::sinceVersion)
        .isEqualTo(since);
  }

  @Test
  void emptyDomainIsTheDefaultOne() {
    assertThat(OperatorTable.find("ai.onnx", "Relu", 13))
        .isPresent()
        .isEqualTo(OperatorTable.find("", "Relu", 13));
  }

  @ParameterizedTest
  @CsvSource({
    "'', Foo, 13",
    "'', Attention, 22",
    "'', Relu, 0",
    "'', Relu, -1",
    "com.acme, Relu, 1"
  })
  void unknownOperatorsAndOnesYoungerThanTheOpsetAreEmpty(String domain, String name, long opset) {
    assertThat(OperatorTable.find(domain, name, opset)).isEmpty();
  }

  @Test
  void deprecatedOperatorsAreFoundAndSaySo() {
    assertThat(OperatorTable.find("", "Upsample", 9).orElseThrow().isDeprecated()).isFalse();
    assertThat(OperatorTable.find("", "Upsample", 11).orElseThrow().isDeprecated()).isTrue();
  }

  @Test
  void rowsAreTyped() {
    Operator norm = OperatorTable.find("", "BatchNormalization", 15).orElseThrow();
    assertThat(norm.use()).isEqualTo(OperatorUse.LAYER);
    assertThat(norm.primitives()).containsExactly(Primitive.BN);
    assertThat(norm.parameters())
        .isEqualTo(
            Map.of(
                1,
                Role.NORM_WEIGHT,
                2,
                Role.NORM_BIAS,
                3,
                Role.RUNNING_MEAN,
                4,
                Role.RUNNING_VARIANCE));
    assertThat(norm.dataInputs()).isEqualTo(new InputSet(List.of(0), InputSet.NONE));
    Operator loop = OperatorTable.find("", "Loop", 11).orElseThrow();
    assertThat(loop.dataInputs().contains(1)).isFalse();
    assertThat(loop.dataInputs().contains(1000)).isTrue();
  }

  @Test
  void rowsHoldWhatTheirUseMeans() {
    assertThat(OperatorTable.all())
        .allSatisfy(
            operator -> {
              switch (operator.use()) {
                case LAYER -> {
                  assertThat(operator.parameters()).isNotEmpty();
                  assertThat(operator.primitives()).isNotEmpty();
                }
                case PRIMITIVE -> assertThat(operator.primitives()).hasSize(1);
                case TRANSPARENT -> {
                  assertThat(operator.dataInputs().listed()).hasSize(1);
                  assertThat(operator.dataInputs().from()).isEqualTo(InputSet.NONE);
                  assertThat(operator.primitives()).isEmpty();
                }
                case SHAPE, SOURCE -> assertThat(operator.dataInputs().isEmpty()).isTrue();
                case MERGE -> assertThat(operator.dataInputs()).isNotEqualTo(FIRST);
                case UNSUPPORTED -> assertThat(operator.note()).isNotEmpty();
                case CLASSICAL -> assertThat(operator.domain()).isEqualTo("ai.onnx.ml");
                case CONTROL -> assertThat(operator.parameters()).isEmpty();
              }
            });
  }
}
