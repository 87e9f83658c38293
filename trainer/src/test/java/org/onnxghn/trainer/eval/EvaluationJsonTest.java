package org.onnxghn.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.trainer.finetune.AugmentationChoice;

/** What shared/JSON.md says of {@code evaluate}, of each protocol. */
class EvaluationJsonTest extends EvaluationFixture {
  @ParameterizedTest
  @ValueSource(strings = {"zero-shot", "fine-tune", "transfer", "diversity", "variance", "time"})
  void networksAndSummaryBySplit(String protocol) throws Exception {
    List<Object> options = new ArrayList<>(List.of("--json"));
    if (protocol.equals("fine-tune") || protocol.equals("transfer")) {
      options.addAll(List.of("--initialisations", "he", "--learning-rates", 0.1, "--epochs", 0.1));
    }
    JsonNode report = evaluate(protocol, options.toArray()).json();
    assertThat(report.path("tool").asText()).isEqualTo("onnx-ghn");
    assertThat(report.path("command").asText()).isEqualTo("evaluate");
    assertThat(report.path("protocol").asText()).isEqualTo(protocol);
    for (JsonNode network : report.path("networks")) {
      assertThat(network.path("name").asText()).isIn("a", "b");
      assertThat(network.path("split").asText()).isEqualTo(networks.toString());
      assertThat(network.path("parameters").asInt()).isIn(1159, 1467);
      assertThat(network.path("seconds").asDouble()).isPositive();
    }
    JsonNode summary = report.path("summary").path(networks.toString());
    assertThat(summary.path("networks").asInt()).isEqualTo(2);
    assertThat(summary.path("std").isNumber()).isTrue();
    assertThat(summary.path("max").asDouble())
        .isGreaterThanOrEqualTo(summary.path("mean").asDouble());

    Run refused = evaluate(protocol, "--figure", folder, "--json");
    assertThat(refused.code()).isEqualTo(2);
    JsonNode error = JSON.readTree(refused.out());
    assertThat(error.path("command").asText()).isEqualTo("evaluate");
    assertThat(error.path("error").path("code").asText()).isEqualTo("OG-514");
  }

  @Test
  void theSummaryOfVariancesIsOfTheirLogarithms() {
    JsonNode report = evaluate("variance", "--count", 1, "--json").json();
    double sum = 0;
    JsonNode layers = report.path("networks").path(0).path("variances").path("he");
    for (JsonNode variance : layers) {
      sum += Math.log10(variance.asDouble()) / layers.size();
    }
    assertThat(report.path("summary").path("sources").path("he").path("mean").asDouble())
        .isCloseTo(sum, within(1e-9));
  }

  @Test
  void theAugmentationIsTheOneThatIsApplied() {
    assertThat(AugmentationChoice.AUTO.applied(3, 32, 32))
        .isEqualTo("a random crop of the image padded by 4, mirrored at random");
    assertThat(AugmentationChoice.AUTO.applied(1, 224, 224))
        .isEqualTo("a random crop of 0.08 of the area or more");
    JsonNode report =
        evaluate("transfer", "--initialisations", "he", "--epochs", 0.1, "--json").json();
    assertThat(report.path("settings").path("augmentation").asText())
        .contains("padded by 1, mirrored");
  }
}
