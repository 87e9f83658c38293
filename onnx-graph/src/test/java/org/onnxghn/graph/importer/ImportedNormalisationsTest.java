package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.onnxghn.graph.importer.GraphEdges.edges;
import static org.onnxghn.graph.importer.GraphEdges.imported;
import static org.onnxghn.graph.importer.GraphEdges.parameter;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.Shape;

/**
 * Normalisations that the hypernetwork has no primitive for: known roles, and data flows through.
 */
class ImportedNormalisationsTest {
  /** For norms whose parameters have the shape {@code $}. */
  private static final String SEVERAL =
      """
      g (float[N,2,8,8] x) => (float y)
      <float[4,2,1,1] w, float[$] s, float[$] t, float[$] mean, float[$] var, float two = {2}, float eps = {0.00001}, float[3,4,1,1] z> {
        c = Conv (x, w)
      """;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "n = InstanceNormalization (c, s, t)",
        "n = GroupNormalization <num_groups = 2> (c, s, t)",
        "n = com.microsoft.GroupNorm <groups = 2, activation = 0> (c, s, t)"
      })
  void withScaleAndShift(String node) {
    ImportedGraph graph = network(node);
    assertThat(edges(graph.graph())).containsExactly("input>w", "w>z");
    assertThat(parameter(graph, "s").role()).isEqualTo(Role.NORM_WEIGHT);
    assertThat(parameter(graph, "t").role()).isEqualTo(Role.NORM_BIAS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "n = RMSNormalization (c, s)",
        "n = SimplifiedLayerNormalization (c, s)",
        """
        a = Pow (c, two)
        b = ReduceMean <keepdims = 1> (a, last)
        d = Add (b, eps)
        e = Sqrt (d)
        f = Div (c, e)
        n = Mul (f, s)
        """,
        """
        a = Mul (c, c)
        b = ReduceMean <keepdims = 1> (a, last)
        d = Add (b, eps)
        e = Sqrt (d)
        i = Reciprocal (e)
        f = Mul (c, i)
        n = Mul (s, f)
        """
      })
  void byTheRootMeanSquare(String nodes) {
    ImportedGraph graph = network(nodes);
    assertThat(edges(graph.graph())).containsExactly("input>w", "w>z");
    assertThat(parameter(graph, "s").role()).isEqualTo(Role.NORM_WEIGHT);
  }

  /**
   * LayerNorm over channels and positions, in one operator, in pieces and in TensorFlow's form, and
   * BatchNorm of each activation by itself: the decoders make vectors for norms.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "n = LayerNormalization <axis = 1> (c, s, t)",
        "n = BatchNormalization <spatial = 0> (c, s, t, mean, var)",
        """
        a = ReduceMean <axes = [-3,-2,-1]> (c)
        d = Sub (c, a)
        q = Pow (d, two)
        e = ReduceMean <axes = [-3,-2,-1]> (q)
        f = Add (e, eps)
        r = Sqrt (f)
        o = Div (d, r)
        k = Mul (o, s)
        n = Add (k, t)
        """,
        """
        a = ReduceMean <axes = [-3,-2,-1]> (c)
        d = Sub (c, a)
        q = Mul (d, d)
        e = ReduceMean <axes = [-3,-2,-1]> (q)
        f = Add (e, eps)
        r = Sqrt (f)
        i = Reciprocal (r)
        g = Mul (i, s)
        k = Mul (c, g)
        l = Mul (a, g)
        h = Sub (t, l)
        n = Add (k, h)
        """
      })
  void overSeveralAxes(String nodes) {
    for (String shape : List.of("4,8,8", "7,4")) {
      ImportedGraph graph = several(shape, nodes);
      assertThat(edges(graph.graph())).containsExactly("input>w", "w>z");
      assertThat(parameter(graph, "s").role()).isEqualTo(Role.NORM_WEIGHT);
      assertThat(parameter(graph, "t").role()).isEqualTo(Role.NORM_BIAS);
      assertThat(parameter(graph, "s").slots()).isEmpty();
      assertThat(parameter(graph, "t").slots()).isEmpty();
      assertThat(graph.findings()).extracting(Finding::code).containsExactly("OG-251", "OG-251");
    }
  }

  @Test
  void aVectorMayStandAmongOnes() {
    ImportedGraph graph = several("4,1,1", "n = LayerNormalization <axis = 1> (c, s, t)");
    assertThat(edges(graph.graph())).containsExactly("input>w", "w>s", "s>z");
    for (String name : List.of("s", "t")) {
      ParameterSlot slot = parameter(graph, name).slots().get(0);
      assertThat(slot.shape()).isEqualTo(Shape.of(4));
      assertThat(slot.layout().storedShape(slot.shape())).isEqualTo(Shape.of(4, 1, 1));
    }
  }

  private static ImportedGraph several(String shape, String nodes) {
    return imported(SEVERAL.replace("$", shape) + nodes + "\n y = Conv (n, z)\n}");
  }

  /** PyTorch's exporter folds BatchNorm into a convolution, and names what it makes of it so. */
  @Test
  void aFoldedBatchNormIsReported() {
    String text =
        "g (float[N,2,4,4] x) => (float y) <float[4,2,1,1] W, float[4] B> { y = Conv (x, W, B) }";
    ImportedGraph folded = imported(text.replace("W", "12").replace("B", "13"));
    assertThat(folded.findings()).extracting(Finding::code).containsExactly("OG-253");
    assertThat(folded.findings().get(0).fix()).contains("TrainingMode.TRAINING");
    assertThat(edges(folded.graph())).containsExactly("input>12", "12>13");
    assertThat(imported(text).findings()).isEmpty();
  }

  private static ImportedGraph network(String nodes) {
    return imported(
        """
        <opset_import: ["" : 23, "com.microsoft" : 1]>
        g (float[N,2,4,4] x) => (float y)
        <float[4,2,1,1] w, float[4] s, float[4] t, float two = {2}, float eps = {0.00001}, int64[1] last = {-1}, float[3,4,1,1] z> {
          c = Conv (x, w)
        """
            + nodes
            + "\n y = Conv (n, z)\n}");
  }
}
