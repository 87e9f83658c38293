package org.onnxghn.converter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobsTest {
  @ParameterizedTest
  @CsvSource({
    "layer1.*, layer1.0.conv1.weight, true",
    "*.bias, layer1.0.bn1.bias, true",
    "*.bias, layer1.0.bias.x, false",
    "*, '', true",
    "a/*/c, a/b/d/c, true",
    "fc.weight, fc.weight, true",
    "fc.weight, fcxweight, false",
    "*conv*weight*, x.conv.weight, true",
    "a*b*c, aXbXbXc, true",
    "a*b*c, aXbX, false"
  })
  void starMatchesAnything(String pattern, String name, boolean expected) {
    assertThat(new Globs(List.of(pattern)).match(name)).isEqualTo(expected);
  }

  @Test
  void manyStarsTakeNoTime() {
    String pattern = "*a".repeat(200) + "b";
    String name = "a".repeat(20_000);
    assertTimeoutPreemptively(
        Duration.ofSeconds(2), () -> assertThat(new Globs(List.of(pattern)).match(name)).isFalse());
  }

  @Test
  void namesPatternsThatMatchNothing() {
    assertThat(new Globs(List.of("a*", "z*")).unmatched(List.of("ab", "b"))).containsExactly("z*");
  }
}
