package org.onnxghn.converter.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TextReportTest {
  private static ParameterReport parameter(String name, Source source, double value) {
    TensorStatistics s = TensorStatistics.of(new float[] {(float) value, (float) -value});
    return new ParameterReport(
        name,
        List.of(2L),
        "float32",
        "weight",
        source,
        null,
        null,
        s.mean(),
        s.std(),
        s.l2(),
        s.first8());
  }

  @Test
  void groupsAreModulesWithTheStatisticsOfAllTheirElements() {
    List<ParameterGroup> groups =
        ParameterGroup.of(
            List.of(
                parameter("conv1.weight", Source.TILED, 1),
                parameter("layer1.0.conv1.weight", Source.PREDICTED, 3),
                parameter("layer1.0.bn1.bias", Source.FALLBACK, 4),
                parameter("layer1.1.conv1.weight", Source.PREDICTED, 1)));
    assertThat(groups)
        .extracting(ParameterGroup::name)
        .containsExactly("conv1", "layer1.0.conv1", "layer1.0.bn1", "layer1.1.conv1");
    assertThat(groups.get(0).l2()).isEqualTo(Math.sqrt(2));
    assertThat(groups.get(0).mean()).isZero();
    assertThat(groups.get(0).std()).isEqualTo(1);
  }

  @Test
  void manyModulesAreGroupedMoreCoarsely() {
    List<ParameterReport> many =
        java.util.stream.IntStream.range(0, 100)
            .mapToObj(i -> parameter("a.b" + i / 10 + ".c" + i + ".weight", Source.PREDICTED, 1))
            .toList();
    List<ParameterGroup> groups = ParameterGroup.of(many);
    assertThat(groups).hasSize(10);
    assertThat(groups.get(3).name()).isEqualTo("a.b3");
    assertThat(groups.get(3).tensors()).isEqualTo(10);
    assertThat(groups.get(3).l2()).isEqualTo(Math.sqrt(20));
  }
}
