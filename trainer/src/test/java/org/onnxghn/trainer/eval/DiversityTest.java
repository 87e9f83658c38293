package org.onnxghn.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.onnxghn.GraphText;
import org.onnxghn.onnx.LayerBuilder;
import org.onnxghn.onnx.LayerBuilder.Window;
import org.onnxghn.onnx.NetworkBuilder;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.WriteOptions;

/** Which weights are compared, and how; of nothing there is no distance. */
class DiversityTest extends EvaluationFixture {
  private static final int OUT = 7;
  private static final int IN = 5;

  private static OnnxModel linear(int out, int in, String weight, String nodes) {
    return GraphText.model(
        "net (float[N,%d] x) => (float[N,%d] y) <float[%s] w, float[%d] b> { %s }"
            .formatted(in, out, weight, out, nodes));
  }

  /** Out x in beside in x out, with the outputs in another order. */
  @Test
  void outputsAreMatchedHoweverTheWeightIsStored() {
    Random random = new Random(4);
    float[] one = new float[OUT * IN];
    float[] two = new float[OUT * IN];
    for (int out = 0; out < OUT; out++) {
      for (int in = 0; in < IN; in++) {
        float value = (float) random.nextGaussian();
        one[out * IN + in] = value;
        two[in * OUT + (out + 3) % OUT] = -3 * value;
      }
    }
    OnnxModel gemm = linear(OUT, IN, "7,5", "y = Gemm <transB = 1> (x, w, b)");
    OnnxModel product = linear(OUT, IN, "5,7", "m = MatMul (x, w) y = Add (m, b)");
    Diversity diversity = new Diversity();
    diversity.add(0, gemm.withParameters(Map.of("w", one)), name -> true);
    diversity.add(1, product.withParameters(Map.of("w", two)), name -> true);
    List<Diversity.OfShape> shapes = diversity.byShape(50, 1);
    assertThat(shapes).hasSize(1);
    assertThat(shapes.get(0).shape()).containsExactly(7L, 5L);
    assertThat(shapes.get(0).pairs()).isEqualTo(1);
    assertThat(shapes.get(0).distance()).isGreaterThan(0.2);
    assertThat(shapes.get(0).matched()).isCloseTo(0, within(1e-6));
  }

  @Test
  void moreOutputsThanCanBeMatchedAreComparedAsTheyAre() {
    Diversity diversity = new Diversity();
    for (int i = 0; i < 2; i++) {
      OnnxModel wide = linear(1025, 2, "1025,2", "y = Gemm <transB = 1> (x, w, b)");
      diversity.add(i, wide, name -> true);
    }
    List<Diversity.OfShape> shapes = diversity.byShape(50, 1);
    assertThat(shapes).hasSize(1);
    assertThat(shapes.get(0).distance()).isCloseTo(0, within(1e-6));
    assertThat(shapes.get(0).matched()).isNaN();
    assertThat(Diversity.total(shapes).distance()).isCloseTo(0, within(1e-6));
    assertThat(Diversity.total(shapes).matched()).isNaN();
  }

  private JsonNode source(String name, Object... options) {
    JsonNode report = evaluate("diversity", options).json();
    return report.path("summary").path("sources").path(name);
  }

  @Test
  void oneNetworkHasNothingToBeComparedWith() {
    JsonNode predicted = source("ghn", "--count", 1, "--json");
    assertThat(predicted.path("pairs").isNumber()).isTrue();
    assertThat(predicted.path("pairs").asInt()).isZero();
    assertThat(predicted.path("distance").isNull()).isTrue();
    assertThat(predicted.path("matched").isNull()).isTrue();
    Run text = evaluate("diversity", "--count", 1);
    assertThat(text.code()).as(text.err()).isZero();
    assertThat(text.out()).contains("ghn").doesNotContain("0.0000");
  }

  @Test
  void theSeedIsThatOfRandomWeights() {
    JsonNode usual = source("he", "--json");
    JsonNode other = source("he", "--seed", 2, "--json");
    assertThat(other.path("pairs").asInt()).isEqualTo(1);
    assertThat(other.path("distance").asDouble())
        .isEqualTo(source("he", "--seed", 2, "--json").path("distance").asDouble())
        .isNotEqualTo(usual.path("distance").asDouble());
  }

  @Test
  void trainedNetworksMayBeOfOneArchitecture() throws IOException {
    Path trained = Files.createDirectories(folder.resolve("trained"));
    for (int seed = 1; seed <= 2; seed++) {
      Initialisation.HE
          .apply(SmallNetworks.network(12, 3), new Initialisation.Settings(null, null, seed))
          .write(trained.resolve(seed + ".onnx"), WriteOptions.DEFAULT);
    }
    JsonNode source = source("trained", "--trained", trained, "--json");
    assertThat(source.path("pairs").asInt()).isEqualTo(3);
    assertThat(source.path("distance").asDouble()).isBetween(0.3, 1.0);
  }

  /** A classifier of other classes than the hypernetwork's begins at random. */
  @Test
  void whatIsNotPredictedIsNotOfTheHypernetwork() throws IOException {
    networks = Files.createDirectories(folder.resolve("five"));
    for (int kernel = 1; kernel <= 3; kernel += 2) {
      ofFiveClasses(kernel).write(networks.resolve(kernel + ".onnx"), WriteOptions.DEFAULT);
    }
    assertThat(source("ghn", "--json").path("pairs").asInt()).isZero();
    assertThat(source("he", "--json").path("pairs").asInt()).isEqualTo(1);
  }

  /** The classifier is the only weight of one shape for all kernels. */
  private static OnnxModel ofFiveClasses(int kernel) {
    NetworkBuilder net = new NetworkBuilder("kernel" + kernel, 17);
    LayerBuilder layers = new LayerBuilder(net);
    String x = net.input("input", "N", 3, 12, 12);
    x = layers.relu(layers.conv(x, "conv", 3, 8, Window.same(kernel, 1), true));
    return net.output(layers.linear(layers.globalAverage(x), "fc", 8, 5), "output", "N", 5).build();
  }
}
