package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.onnxghn.graph.importer.GraphEdges.edges;
import static org.onnxghn.graph.importer.GraphEdges.imported;
import static org.onnxghn.graph.importer.GraphEdges.parameter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Role;

/**
 * Normalisations that the hypernetwork has no primitive for: known roles, and data flows through.
 */
class ImportedNormalisationsTest {
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
