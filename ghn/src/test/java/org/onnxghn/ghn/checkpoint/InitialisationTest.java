package org.onnxghn.ghn.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onnxghn.SharedData;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.GhnConfig.Kind;
import org.onnxghn.onnx.Shape;

class InitialisationTest {
  private static final Checkpoint T = Checkpoint.initialise(GhnConfig.preset("ghn3-t"), 0);

  @ParameterizedTest
  @CsvSource({
    "ghn3-t, 6906632, T layernorm=True",
    "ghn3-s, 35810368, S layernorm=True",
    "ghn3-l, 214668960, L layernorm=True",
    "ghn3-xl, 654365184, XL layernorm=True",
  })
  void presetsHaveThePublishedNumberOfParameters(String preset, long count, String golden)
      throws IOException {
    assertThat(Checkpoint.initialise(GhnConfig.preset(preset), 0).parameterCount())
        .isEqualTo(count);
    try (InputStream in = SharedData.open("golden/param_counts.json")) {
      JsonNode reference = new ObjectMapper().readTree(in).get(golden);
      reference
          .get("groups")
          .properties()
          .forEach(
              group ->
                  assertThat(elements(preset, group.getKey() + "."))
                      .as(group.getKey())
                      .isEqualTo(group.getValue().asLong()));
    }
  }

  private static long elements(String preset, String prefix) {
    return GhnConfig.preset(preset).tensors().entrySet().stream()
        .filter(tensor -> tensor.getKey().startsWith(prefix))
        .mapToLong(tensor -> tensor.getValue().elements())
        .sum();
  }

  @Test
  void theMlpAblationHasTheCountOfThePaper() {
    GhnConfig mlp = new GhnConfig(Kind.MLP, 64, 1, 1, 64, 16, 1000, true, true, true);
    assertThat(mlp.parameterCount()).isEqualTo(6_740_352);
  }

  @ParameterizedTest
  @CsvSource({
    "gnn.1.ff.net.0.weight, 0.125", // 1 / sqrt(64)
    "gnn.1.ff.net.3.weight, 0.0625",
    "gnn.2.attn.to_qkv.weight, 0.125",
    "decoder.fc.0.weight, 0.125",
    "decoder.fc.0.bias, 0.125",
    "decoder.conv.0.weight, 0.0625",
    "decoder.conv.2.weight, 0.00883883476", // 1 / sqrt(512) / 5
    "decoder_1d.fc.2.weight, 0.0176776695",
    "decoder.class_layer_predictor.1.weight, 0.025",
    "bias_class.1.weight, 0.125",
    "bias_class.1.bias, 0.125",
  })
  void linearLayersAreUniform(String tensor, double bound) {
    Statistics statistics = Statistics.of(T.floats(tensor));
    double deviation = bound / Math.sqrt(3);
    assertThat(statistics.mean).isCloseTo(0, within(5 * deviation / Math.sqrt(statistics.n)));
    assertThat(statistics.deviation).isCloseTo(deviation, within(0.05 * deviation));
    assertThat(statistics.largest).isLessThanOrEqualTo(bound).isGreaterThan(0.98 * bound);
  }

  @ParameterizedTest
  @CsvSource({
    "embed.weight, 0.125",
    "shape_enc.embed_channel.weight, 0.25", // 1 / sqrt(64 / 4)
    "gnn.0.centrality_embed_in.weight, 0.125",
    "gnn.0.input_dist_embed.weight, 0.125",
    "gnn.0.attn.edge_embed.embed.weight, 0.125",
  })
  void embeddingsAreNormal(String tensor, double deviation) {
    Statistics statistics = Statistics.of(T.floats(tensor));
    double error = deviation / Math.sqrt(statistics.n);
    assertThat(statistics.mean).isCloseTo(0, within(5 * error));
    assertThat(statistics.deviation).isCloseTo(deviation, within(5 * error));
    assertThat(statistics.largest).isLessThanOrEqualTo(2);
    // A uniform distribution of this deviation would end at 1.73 deviations.
    assertThat(statistics.largest).isGreaterThan(2.5 * deviation);
    assertThat(statistics.kurtosis).isCloseTo(3, within(0.5));
  }

  @Test
  void narrowEmbeddingsAreCutAtTwo() {
    GhnConfig narrow = new GhnConfig(Kind.GHN3, 4, 1, 1, 2, 1, 10, true, true, true);
    // Width 1: deviation 1, so that 4.6 % of the values would lie outside.
    Statistics statistics =
        Statistics.of(Checkpoint.initialise(narrow, 1).floats("shape_enc.embed_channel.weight"));
    assertThat(statistics.largest).isBetween(1.8, 2.0);
    assertThat(statistics.deviation).isCloseTo(0.880, within(0.1));
  }

  @Test
  void normsAndSmallBiasesAreConstant() {
    assertThat(Statistics.of(T.floats("gnn.1.ln2.weight"))).isEqualTo(Statistics.constant(64, 1));
    assertThat(Statistics.of(T.floats("ln.weight"))).isEqualTo(Statistics.constant(64, 1));
    assertThat(Statistics.of(T.floats("ln.bias"))).isEqualTo(Statistics.constant(64, 0));
    assertThat(Statistics.of(T.floats("decoder.conv.2.bias")))
        .isEqualTo(Statistics.constant(4096, 0));
    assertThat(Statistics.of(T.floats("decoder_1d.fc.2.bias")))
        .isEqualTo(Statistics.constant(128, 0));
  }

  @Test
  void ghn2KeepsTheDefaultsOfPyTorch() {
    Checkpoint ghn2 = Checkpoint.initialise(GhnConfig.preset("ghn2"), 0);
    assertThat(Statistics.of(ghn2.floats("shape_enc.embed_channel.weight")).deviation)
        .isCloseTo(1, within(0.1));
    assertThat(Statistics.of(ghn2.floats("decoder.conv.2.weight")).largest)
        .isCloseTo(1 / 16.0, within(1e-3));
    assertThat(Statistics.of(ghn2.floats("gnn.gru.weight_hh")).largest)
        .isCloseTo(1 / Math.sqrt(32), within(1e-3));
  }

  @Test
  void theSeedDecides() {
    GhnConfig config = GhnConfig.preset("ghn3-t");
    String tensor = "decoder.conv.0.weight";
    FloatBuffer again = Checkpoint.initialise(config, 0).floats(tensor);
    assertThat(again).isEqualTo(T.floats(tensor));
    assertThat(Checkpoint.initialise(config, 1).floats(tensor)).isNotEqualTo(again);
    assertThat(T.floats("gnn.1.ff.net.0.weight")).isNotEqualTo(T.floats("gnn.2.ff.net.0.weight"));
    assertThat(T.shape(tensor)).isEqualTo(Shape.of(512, 256));
  }

  private record Statistics(
      long n, double mean, double deviation, double largest, double kurtosis) {
    static Statistics constant(int n, double value) {
      return new Statistics(n, value, 0, value, Double.NaN);
    }

    static Statistics of(FloatBuffer values) {
      double sum = 0;
      double largest = 0;
      for (int i = 0; i < values.limit(); i++) {
        sum += values.get(i);
        largest = Math.max(largest, Math.abs(values.get(i)));
      }
      double mean = sum / values.limit();
      double second = 0;
      double fourth = 0;
      for (int i = 0; i < values.limit(); i++) {
        double square = Math.pow(values.get(i) - mean, 2);
        second += square / values.limit();
        fourth += square * square / values.limit();
      }
      double kurtosis = fourth / (second * second);
      return new Statistics(values.limit(), mean, Math.sqrt(second), largest, kurtosis);
    }
  }
}
