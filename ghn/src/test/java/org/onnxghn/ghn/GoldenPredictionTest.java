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
import org.junit.jupiter.params.provider.EnumSource;
import org.onnxghn.GoldenGraph;
import org.onnxghn.ghn.encoder.GraphBatch;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Role;

/** What the reference predicts with the same weights, for every tensor of every golden network. */
class GoldenPredictionTest {
  /** How far a number may be from the reference's float64. */
  private record Tolerance(double relative, double absolute) {
    void check(String what, double actual, double expected) {
      assertThat(actual)
          .as(what)
          .isCloseTo(expected, within(Math.max(absolute, relative * Math.abs(expected))));
    }
  }

  @ParameterizedTest
  @EnumSource(Goldens.class)
  void everyTensorInFloat32(Goldens goldens) {
    try (Ghn ghn = goldens.ghn(DataType.FLOAT32)) {
      for (String network : goldens.networks()) {
        compareStatistics(ghn, goldens, network, new Tolerance(1e-4, 1e-5));
      }
    }
  }

  /** Float64 has no rounding to hide a mistake in; what comes out is rounded to float32. */
  @ParameterizedTest
  @EnumSource(
      value = Goldens.class,
      names = {"TINY", "SMALL", "GHN2"})
  void everyTensorInFloat64(Goldens goldens) {
    try (Ghn ghn = goldens.ghn(DataType.FLOAT64)) {
      for (String network : List.of("plain_cnn", "resnet18", "small_cnn")) {
        compareStatistics(ghn, goldens, network, new Tolerance(1e-6, 1e-9));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Goldens.class,
      names = {"TINY", "SMALL", "T"})
  void everyElement(Goldens goldens) {
    try (Ghn ghn = goldens.ghn(DataType.FLOAT32);
        NDManager manager = NDManager.newBaseManager()) {
      for (String network : List.of("plain_cnn", "small_cnn")) {
        Map<String, NDArray> expected =
            Goldens.arrays(goldens.file(network, "params.npz"), manager);
        PredictedParameters predicted = ghn.predict(goldens.graph(network));
        assertThat(predicted.values()).hasSize(expected.size());
        predicted
            .values()
            .forEach(
                (slot, actual) -> {
                  NDArray array = expected.get(slot.parameter());
                  assertThat(array.getShape().getShape()).isEqualTo(slot.shape().dims());
                  double[] values = array.toDoubleArray();
                  for (int i = 0; i < values.length; i++) {
                    new Tolerance(1e-4, 1e-5).check(slot.parameter(), actual[i], values[i]);
                  }
                });
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Goldens.class)
  void nodeFeatures(Goldens goldens) {
    try (Ghn ghn = goldens.ghn(DataType.FLOAT64);
        NDManager manager = NDManager.newBaseManager()) {
      for (String network : List.of("plain_cnn", "resnet18", "small_cnn")) {
        NDArray expected =
            Goldens.arrays(goldens.file(network, "debug.npz"), manager).get("x_final");
        try (NDScope scope = new NDScope()) {
          scope.suppressNotUsedWarning();
          GraphBatch batch = GraphBatch.of(List.of(goldens.graph(network)), true);
          NDArray features = ghn.features(batch);
          assertThat(features.getShape()).isEqualTo(expected.getShape());
          assertThat(features.sub(expected).abs().max().getDouble())
              .as(goldens + " " + network + ": largest difference")
              .isLessThan(1e-10);
        }
      }
    }
  }

  private static void compareStatistics(
      Ghn ghn, Goldens goldens, String network, Tolerance tolerance) {
    Map<String, ParameterSlot> slots = new HashMap<>();
    PredictedParameters predicted = ghn.predict(goldens.graph(network));
    predicted.values().keySet().forEach(slot -> slots.put(slot.parameter(), slot));
    JsonNode tensors = GoldenGraph.json(goldens.file(network, "json.gz")).get("tensors");
    assertThat(slots).as(network).hasSize(tensors.size());
    for (JsonNode tensor : tensors) {
      ParameterSlot slot = slots.get(tensor.get("name").asText());
      float[] elements = predicted.values().get(slot);
      // The class token's row is random in the reference, and left out of its figures.
      boolean token = slot.role() == Role.POSITION_ENCODING;
      int first = token ? (int) slot.shape().dim(2) : 0;
      double squares = 0;
      double sum = 0;
      for (int i = first; i < elements.length; i++) {
        squares += (double) elements[i] * elements[i];
        sum += elements[i];
      }
      String what = goldens + " " + network + " " + slot.parameter();
      tolerance.check(what + " l2", Math.sqrt(squares), tensor.get("l2").asDouble());
      double mean = sum / (elements.length - first);
      tolerance.check(what + " mean", mean, tensor.get("mean").asDouble());
      for (int i = 0; i < tensor.get("first8").size(); i++) {
        double expected = tensor.get("first8").get(i).asDouble();
        tolerance.check(what + " " + i, elements[first + i], expected);
      }
    }
  }
}
