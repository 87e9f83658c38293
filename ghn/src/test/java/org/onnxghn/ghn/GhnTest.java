package org.onnxghn.ghn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.GradientCollector;
import java.io.IOException;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.onnxghn.GoldenGraph;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Primitive;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.Shape;

/** The hypernetwork as a library: batches, gradients, memory, threads. */
class GhnTest {
  /** C = 8, S = 5, K = 6: small enough that shapes of every kind are beyond the limits. */
  private static GhnConfig config(GhnConfig.Kind kind) {
    return new GhnConfig(kind, 8, 2, 2, 8, 5, 6, true, true, true);
  }

  private static Ghn ghn(GhnConfig.Kind kind) {
    return Ghn.of(GhnParameters.copy(Checkpoint.initialise(config(kind), 1), DataType.FLOAT64));
  }

  @ParameterizedTest
  @EnumSource
  void aBatchWithGradientsIsTheSameAsOneByOneWithout(GhnConfig.Kind kind) {
    List<ComputationalGraph> graphs =
        List.of(
            EveryKind.graph(),
            Goldens.SMALL.graph("small_cnn"),
            GoldenGraph.read("golden/graphs_all/shufflenet_v2_x0_5.json.gz"));
    try (Ghn ghn = ghn(kind);
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      List<Map<ParameterSlot, NDArray>> together = ghn.forward(graphs, 3);
      for (int i = 0; i < graphs.size(); i++) {
        PredictedParameters alone = ghn.predict(graphs.get(i), 3);
        assertThat(together.get(i).keySet()).isEqualTo(alone.values().keySet());
        for (Map.Entry<ParameterSlot, NDArray> entry : together.get(i).entrySet()) {
          ParameterSlot slot = entry.getKey();
          assertThat(entry.getValue().getShape().getShape()).isEqualTo(slot.shape().dims());
          float[] expected = entry.getValue().toType(DataType.FLOAT32, false).toFloatArray();
          assertNear(slot, alone.values().get(slot), expected);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void gradientsEqualFiniteDifferences(GhnConfig.Kind kind) {
    try (Ghn ghn = ghn(kind)) {
      ghn.parameters().requireGradients(true);
      try (NDScope scope = new NDScope();
          GradientCollector collector = Engine.getInstance().newGradientCollector()) {
        scope.suppressNotUsedWarning();
        collector.backward(loss(ghn));
      }
      Map<String, double[]> gradients = new LinkedHashMap<>();
      ghn.parameters()
          .tensors()
          .forEach((name, leaf) -> gradients.put(name, leaf.getGradient().toDoubleArray()));
      ghn.parameters().requireGradients(false);
      int checked = 0;
      for (Map.Entry<String, double[]> entry : gradients.entrySet()) {
        double[] gradient = entry.getValue();
        int largest = 0;
        for (int i = 0; i < gradient.length; i++) {
          largest = Math.abs(gradient[i]) > Math.abs(gradient[largest]) ? i : largest;
        }
        if (gradient[largest] != 0) {
          double slope = slope(ghn, ghn.parameters().get(entry.getKey()), largest);
          assertThat(gradient[largest])
              .as(entry.getKey())
              .isCloseTo(slope, within(1e-6 * (1 + Math.abs(slope))));
          checked++;
        }
      }
      // A ReLU of the last layers may be off for all nodes, but hardly more than that.
      assertThat(checked).isGreaterThan(ghn.parameters().tensors().size() - 4);
    }
  }

  private static void assertNear(ParameterSlot slot, float[] actual, float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    float largest = 0;
    for (int i = 0; i < actual.length; i++) {
      largest = Math.max(largest, Math.abs(actual[i] - expected[i]));
    }
    assertThat(largest).as(slot.parameter()).isLessThan(1e-6f);
  }

  private static NDArray loss(Ghn ghn) {
    NDArray loss = null;
    for (NDArray parameter :
        ghn.forward(List.of(EveryKind.graph(), EveryKind.graph()), 0).get(1).values()) {
      NDArray term = parameter.add(0.5).pow(2).sum();
      loss = loss == null ? term : loss.add(term);
    }
    return loss;
  }

  private static double slope(Ghn ghn, NDArray leaf, int element) {
    double step = 1e-5;
    double[] sides = new double[2];
    for (int side = 0; side < 2; side++) {
      double[] values = leaf.toDoubleArray();
      double old = values[element];
      values[element] = old + (side == 0 ? -step : step);
      leaf.set(DoubleBuffer.wrap(values));
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        sides[side] = loss(ghn).getDouble();
      }
      values[element] = old;
      leaf.set(DoubleBuffer.wrap(values));
    }
    return (sides[1] - sides[0]) / (2 * step);
  }

  @Test
  void onlyTheClassTokenDependsOnTheSeed() {
    try (Ghn ghn = ghn(GhnConfig.Kind.GHN3)) {
      PredictedParameters first = ghn.predict(EveryKind.graph(), 1);
      PredictedParameters other = ghn.predict(EveryKind.graph(), 2);
      first
          .values()
          .forEach(
              (slot, values) -> {
                float[] others = other.values().get(slot);
                if (slot.role() == Role.POSITION_ENCODING) {
                  assertThat(values[0]).isNotEqualTo(others[0]);
                  assertThat(Math.abs(values[0])).isLessThan(0.1f);
                  assertThat(values[12]).isEqualTo(others[12]);
                } else {
                  assertThat(values).isEqualTo(others);
                }
              });
      assertThat(first.tiled().stream().map(ParameterSlot::parameter))
          .containsExactlyInAnyOrder(
              "stem",
              "stem.bias",
              "position",
              "norm",
              "norm.bias",
              "depthwise",
              "linear",
              "head",
              "head.bias");
    }
  }

  @Test
  void parameterCountsOfThePublishedSizes() {
    Map<String, Long> published =
        Map.of(
            "ghn3-t", 6_906_632L,
            "ghn3-s", 35_810_368L,
            "ghn3-l", 214_668_960L,
            "ghn3-xl", 654_365_184L);
    published.forEach(
        (preset, count) -> {
          // A view of a random checkpoint computes all values: the smallest one is enough for that.
          GhnConfig config = GhnConfig.preset(preset);
          assertThat(config.parameterCount()).as(preset).isEqualTo(count);
        });
    try (Ghn ghn = Ghn.of(Checkpoint.initialise(GhnConfig.preset("ghn3-t"), 0))) {
      assertThat(ghn.parameterCount()).isEqualTo(6_906_632L);
      assertThat(ghn.parameters().tensors().values().stream().mapToLong(NDArray::size).sum())
          .isEqualTo(6_906_632L);
    }
  }

  @Test
  void aSafetensorsFileGivesTheSameBitsEachTime(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("small.safetensors");
    try (Ghn golden = Goldens.SMALL.ghn(DataType.FLOAT32)) {
      Checkpoint.of(
              "small",
              golden.config(),
              Map.of(),
              name -> FloatBuffer.wrap(golden.parameters().get(name).toFloatArray()))
          .write(file, ElementType.FLOAT);
      ComputationalGraph graph = Goldens.SMALL.graph("resnet18");
      Map<ParameterSlot, float[]> expected = golden.predict(graph).values();
      try (Ghn loaded = Ghn.load(file);
          Ghn again = Ghn.load(file)) {
        Map<ParameterSlot, float[]> actual = loaded.predict(graph).values();
        actual.forEach((slot, values) -> assertNear(slot, values, expected.get(slot)));
        again
            .predict(graph)
            .values()
            .forEach((slot, values) -> assertThat(values).isEqualTo(actual.get(slot)));
      }
    }
  }

  @Test
  void threadsPredictAtTheSameTime() {
    try (Ghn ghn = Goldens.SMALL.ghn(DataType.FLOAT32)) {
      ComputationalGraph graph = Goldens.SMALL.graph("resnet18");
      Map<ParameterSlot, float[]> expected = ghn.predict(graph).values();
      List<CompletableFuture<PredictedParameters>> running =
          Stream.generate(() -> CompletableFuture.supplyAsync(() -> ghn.predict(graph)))
              .limit(8)
              .toList();
      for (CompletableFuture<PredictedParameters> each : running) {
        each.join()
            .values()
            .forEach((slot, values) -> assertNear(slot, values, expected.get(slot)));
      }
    }
  }

  @Test
  void whatCannotBePredictedIsRefused() {
    try (Ghn ghn = ghn(GhnConfig.Kind.GHN3)) {
      List<GraphNode> nodes = new ArrayList<>();
      EveryKind.add(nodes, Primitive.CONV, "conv1d", Role.WEIGHT, Shape.of(4, 4, 3));
      ComputationalGraph odd = new ComputationalGraph(nodes, new int[1][0]);
      assertThatThrownBy(() -> ghn.predict(odd))
          .isInstanceOf(GhnException.class)
          .hasMessageContaining("\"conv1d\" of shape 4x4x3")
          .extracting("code")
          .isEqualTo("OG-351");
      List<GraphNode> longKernel = new ArrayList<>();
      EveryKind.add(longKernel, Primitive.CONV, "long", Role.WEIGHT, Shape.of(1, 1, 1, 20_000_000));
      assertThatThrownBy(() -> ghn.predict(new ComputationalGraph(longKernel, new int[1][0])))
          .isInstanceOf(GhnException.class)
          .extracting("code")
          .isEqualTo("OG-351");
      List<GraphNode> many = new ArrayList<>();
      for (int i = 0; i < 4097; i++) {
        EveryKind.add(many, Primitive.SUM, "sum" + i, null, null);
      }
      ComputationalGraph large = new ComputationalGraph(many, new int[4097][0]);
      assertThatThrownBy(() -> ghn.predict(large))
          .isInstanceOf(GhnException.class)
          .extracting("code")
          .isEqualTo("OG-350");
    }
  }
}
