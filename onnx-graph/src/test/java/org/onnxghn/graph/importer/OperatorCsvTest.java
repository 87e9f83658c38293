package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OperatorCsvTest {
  @Test
  void writesInputsAsItReadsThem() {
    assertThat(inputs("0 2")).hasToString("0 2");
    assertThat(inputs("*")).hasToString("*");
    assertThat(inputs("0 2*")).hasToString("0 2*");
    assertThat(inputs("").isEmpty()).isTrue();
    assertThat(inputs("0 2*").contains(0)).isTrue();
    assertThat(inputs("0 2*").contains(1)).isFalse();
    assertThat(inputs("0 2*").contains(7)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "d,Op,1,,LAYER,0,,,no | expected 10 cells",
        "d,Op,1,,LAYER,0,,,no,a note, with a comma | expected 10 cells",
        "d,,1,,LAYER,0,,,no,x | no domain or no name",
        "d,Op,,,LAYER,0,,,no,x | no since-version",
        "d,Op,0 1,,LAYER,0,,,no,x | no since-version",
        "d,Op,7 1,,LAYER,0,,,no,x | do not ascend",
        "d,Op,7 7,,LAYER,0,,,no,x | do not ascend",
        "d,Op,1  7,,LAYER,0,,,no,x | For input string",
        "d,Op,1 7,6,LAYER,0,,,no,x | unknown deprecatedSince",
        "d,Op,1,,LAYERS,0,,,no,x | No enum constant",
        "d,Op,1,,LAYER,1 0,,,no,x | do not ascend",
        "d,Op,1,,LAYER,1* 2,,,no,x | after the open end",
        "d,Op,1,,LAYER,0,WEIGHT,,no,x | index=ROLE",
        "d,Op,1,,LAYER,0,1=WEIGHTS,,no,x | No enum constant",
        "d,Op,1,,LAYER,0,1=WEIGHT 1=BIAS,,no,x | index twice",
        "d,Op,1,,LAYER,0,,convolution,no,x | no primitive convolution",
        "d,Op,1,,LAYER,0,,,maybe,x | neither yes nor no",
      })
  void malformedRowsNameTheirLine(String row, String message) {
    assertThatThrownBy(() -> OperatorCsv.parse(List.of("# comment", OperatorCsv.HEADER, row)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("line 3")
        .hasMessageContaining(message);
  }

  @Test
  void anOperatorStandsOnce() {
    String row = "d,Op,1,,LAYER,0,,,no,x";
    assertThatThrownBy(() -> OperatorCsv.parse(List.of(OperatorCsv.HEADER, row, row)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("second row");
  }

  @Test
  void anotherHeaderIsRefused() {
    assertThatThrownBy(() -> OperatorCsv.parse(List.of("name,domain")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("header");
  }

  private static InputSet inputs(String cell) {
    String row = "d,Op,1,,LAYER," + cell + ",,,no,x";
    return OperatorCsv.parse(List.of(OperatorCsv.HEADER, row)).get(0).dataInputs();
  }
}
