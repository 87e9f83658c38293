package org.onnxghn.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void namesOfFilesAreNoMarkupAndNoControl() {
    String evil = "a|b<i>\u001b[31m\u009b\u202e @all [x](http://e.org) `c` www.e.org";
    Table table =
        new Table("title", List.of("network", "top-1 %"), List.of(List.of(evil, "12.50")));
    assertThat(table.markdown())
        .contains("a&#124;b&#60;i&#62;", "| 12.50 |", "| network | top-1 % |")
        .doesNotContain("\u001b", "\u009b", "\u202e", "@all", "[x]", "http:", "`", "www.");
    String[] lines = table.text().split("\n");
    assertThat(lines[3]).contains("\\u{1b}[31m\\u{9b}\\u{202e}").hasSize(lines[2].length());
    assertThat(table.text()).doesNotContain("\u001b", "\u009b", "\u202e");
  }
}
