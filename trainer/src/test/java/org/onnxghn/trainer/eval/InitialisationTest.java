package org.onnxghn.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.onnxghn.converter.Prediction;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.ghn.checkpoint.Checkpoint;

/** The starts that a comparison may have, and the protocols that look at what became of them. */
class InitialisationTest extends EvaluationFixture {
  private float[] weight(Initialisation init, String name, double noise) {
    try (Checkpoint file = Checkpoint.read(checkpoint);
        Ghn ghn = Ghn.of(file)) {
      Initialisation.Settings settings =
          new Initialisation.Settings(ghn, Prediction.summary(file), noise, 0.3, 1);
      return init.apply(SmallNetworks.network(12, 3), settings).tensor(name).orElseThrow().floats();
    }
  }

  @Test
  void orthogonalRowsHaveNothingInCommon() {
    float[] weight = weight(Initialisation.ORTHOGONAL, "conv1.weight", 0);
    double length = product(weight, 0, 0);
    assertThat(length).isPositive();
    for (int row = 1; row < 8; row++) {
      assertThat(product(weight, row, row)).isCloseTo(length, within(1e-4 * length));
      assertThat(product(weight, 0, row)).isCloseTo(0, within(1e-4 * length));
    }
  }

  private static double product(float[] weight, int one, int other) {
    double sum = 0;
    for (int i = 0; i < 27; i++) {
      sum += (double) weight[one * 27 + i] * weight[other * 27 + i];
    }
    return sum;
  }

  @Test
  void noiseIsAddedToPredictions() {
    for (String name : List.of("conv1.weight", "conv2.weight")) {
      float[] predicted = weight(Initialisation.GHN, name, 1e-3);
      assertThat(weight(Initialisation.GHN_NOISE, name, 0)).isEqualTo(predicted);
      double little = distance(weight(Initialisation.GHN_NOISE, name, 1e-3), predicted);
      double more = distance(weight(Initialisation.GHN_NOISE, name, 1e-2), predicted);
      assertThat(little).isPositive();
      assertThat(more).isCloseTo(10 * little, within(0.1 * little));
    }
  }

  private static double distance(float[] one, float[] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      sum += Math.pow(one[i] - other[i], 2);
    }
    return Math.sqrt(sum);
  }

  @Test
  void theyAreComparedAndWhatWasTrainedIsLookedAt() {
    Path tuned = folder.resolve("tuned");
    JsonNode report =
        evaluate(
                "fine-tune",
                "--initialisations",
                "orthogonal,ghn-noise,he",
                "--learning-rates",
                0.05,
                "--epochs",
                1,
                "--batch",
                12,
                "--save",
                tuned,
                "--json")
            .json();
    assertThat(report.path("summary").path("comparisons"))
        .extracting(wins -> wins.path("init").asText())
        .containsExactly("orthogonal", "ghn-noise");

    Path trained = tuned.resolve("orthogonal");
    JsonNode diversity = evaluate("diversity", "--trained", trained, "--json").json();
    JsonNode source = diversity.path("summary").path("sources").path("trained");
    assertThat(source.path("pairs").asInt()).isEqualTo(1);
    assertThat(source.path("distance").asDouble())
        .as("tensors of one name have other random values in another network")
        .isBetween(0.5, 1.0);
    assertThat(source.path("matched").asDouble())
        .isBetween(0.0, source.path("distance").asDouble());

    JsonNode variance =
        evaluate("variance", "--trained", trained, "--initialisations", "orthogonal", "--json")
            .json();
    for (JsonNode network : variance.path("networks")) {
      JsonNode layers = network.path("variances").path("trained");
      assertThat(layers.properties())
          .extracting(Map.Entry::getKey)
          .containsExactly("conv1.weight", "conv2.weight", "fc.weight");
      assertThat(layers).allMatch(value -> value.asDouble() > 0);
      assertThat(layers).isNotEqualTo(network.path("variances").path("orthogonal"));
    }
  }
}
