package org.onnxghn.converter.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EscapeTest {
  @Test
  void terminalsGetNoControlOrBidiCharacters() {
    assertThat(Escape.name("a\u001b[31mb\r\n\t\u0000"))
        .isEqualTo("a\\u{1b}[31mb\\u{d}\\u{a}\\u{9}\\u{0}");
    assertThat(Escape.name("x\u202Egnp.\u2066y\u200b\ufeff"))
        .isEqualTo("x\\u{202e}gnp.\\u{2066}y\\u{200b}\\u{feff}");
    assertThat(Escape.name("\ud800 \u2028")).isEqualTo("\\u{d800} \\u{2028}");
    assertThat(Escape.name("/层/λ.weight 😀")).isEqualTo("/层/λ.weight 😀");
  }

  @Test
  void messagesKeepTheirLines() {
    assertThat(Escape.message("one\ntwo\u0007")).isEqualTo("one\ntwo\\u{7}");
  }

  @Test
  void jsonMeansTheSame() throws Exception {
    String name = "a\u001b\u007f\u009b31m\u202e\u2028\ud800 \udb40\udc41 /层/λ 😀 \"\\";
    ObjectMapper mapper = new ObjectMapper();
    String json = mapper.writerWithDefaultPrettyPrinter().writeValueAsString(Map.of("k", name));
    String safe = Escape.json(json);
    assertThat(mapper.readTree(safe).get("k").textValue()).isEqualTo(name);
    assertThat(safe.lines()).hasSize(3);
    assertThat(safe)
        .contains("\\u007f\\u009b31m\\u202e\\u2028\\ud800 \\udb40\\udc41 /层/λ 😀")
        .doesNotContain("\u007f", "\u009b", "\u202e", "\u2028");
  }
}
