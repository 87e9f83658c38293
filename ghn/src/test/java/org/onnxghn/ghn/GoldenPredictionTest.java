package org.onnxghn.ghn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onnxghn.GoldenGraph;
import org.onnxghn.ghn.encoder.GraphBatch;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Role;

/** What the reference predicts with the same weights, for every tensor of every golden network. */
class GoldenPredictionTest {
  private static final String NETWORKS =
      """
      convnext_tiny densenet121 efficientnet_b0 googlenet mobilenet_v3_small plain_cnn resnet18
      resnet50 small_cnn squeezenet1_1 swin_t vgg11_bn vit_b_16
      """;

  @ParameterizedTest
  @CsvSource({"ghn3_tiny, tiny, plain_cnn resnet18 small_cnn", "ghn3_small, small, " + ""})
  void float32(String checkpoint, String folder, String networks) {
    String names = networks == null ? NETWORKS : networks;
    try (Ghn ghn = read(checkpoint, folder, DataType.FLOAT32)) {
      for (String network : names.strip().split("\\s+")) {
        compare(ghn, folder, network, 1e-4, 1e-5);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"ghn3_tiny, tiny", "ghn3_small, small"})
  void nodeFeatures(String checkpoint, String folder) {
    try (Ghn ghn = read(checkpoint, folder, DataType.FLOAT64);
        NDManager manager = NDManager.newBaseManager()) {
      for (String network : List.of("plain_cnn", "resnet18", "small_cnn")) {
        Map<String, NDArray> expected =
            GoldenCheckpoint.arrays(
                "golden/" + folder + "/" + network + ".debug.npz", manager, DataType.FLOAT64);
        try (NDScope scope = new NDScope()) {
          scope.suppressNotUsedWarning();
          NDArray features = ghn.features(GraphBatch.of(List.of(graph(folder, network)), true));
          assertClose(network, features, expected.get("x_final"), 1e-9);
        }
      }
    }
  }

  private static void assertClose(String what, NDArray actual, NDArray expected, double within) {
    assertThat(actual.getShape()).as(what).isEqualTo(expected.getShape());
    double largest = actual.sub(expected).abs().max().getDouble();
    assertThat(largest).as(what + ": largest difference").isLessThan(within);
  }

  private static Ghn read(String checkpoint, String folder, DataType type) {
    return GoldenCheckpoint.read(checkpoint, "golden/" + folder + "/resnet18.json.gz", type);
  }

  private static ComputationalGraph graph(String folder, String network) {
    String classes = folder.equals("T") ? "nc1000" : "nc10";
    return GoldenGraph.read(
        "golden/graphs/" + network + "." + classes + ".json.gz",
        "golden/" + folder + "/" + network + ".json.gz");
  }

  private static void compare(
      Ghn ghn, String folder, String network, double relative, double absolute) {
    PredictedParameters predicted = ghn.predict(graph(folder, network));
    Map<String, float[]> values = new HashMap<>();
    Map<String, ParameterSlot> slots = new HashMap<>();
    predicted
        .values()
        .forEach(
            (slot, elements) -> {
              values.put(slot.parameter(), elements);
              slots.put(slot.parameter(), slot);
            });
    JsonNode tensors = GoldenGraph.json("golden/" + folder + "/" + network + ".json.gz");
    assertThat(values).as(network).hasSize(tensors.get("tensors").size());
    for (JsonNode tensor : tensors.get("tensors")) {
      String name = tensor.get("name").asText();
      ParameterSlot slot = slots.get(name);
      float[] elements = values.get(name);
      // The class token's row is random in the reference, and left out of its figures.
      int first = slot.role() == Role.POSITION_ENCODING ? (int) slot.shape().dim(2) : 0;
      double squares = 0;
      double sum = 0;
      for (int i = first; i < elements.length; i++) {
        squares += (double) elements[i] * elements[i];
        sum += elements[i];
      }
      String what = folder + " " + network + " " + name;
      assertNear(what + " l2", Math.sqrt(squares), tensor.get("l2"), relative, absolute);
      double mean = sum / (elements.length - first);
      assertNear(what + " mean", mean, tensor.get("mean"), relative, absolute);
      for (int i = 0; i < tensor.get("first8").size(); i++) {
        JsonNode expected = tensor.get("first8").get(i);
        assertNear(what + " " + i, elements[first + i], expected, relative, absolute);
      }
    }
  }

  private static void assertNear(
      String what, double actual, JsonNode expected, double relative, double absolute) {
    double value = expected.asDouble();
    assertThat(actual)
        .as(what)
        .isCloseTo(value, within(Math.max(absolute, relative * Math.abs(value))));
  }
}
