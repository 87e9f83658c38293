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
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.Role;

/** Tensors that the network computes with and that training would not change: they are kept. */
class ImportedConstantsTest {
  /** As SSD and UltraFace decode boxes from their anchors, behind the last layer. */
  @Test
  void anchorsAreNoPositionEncodings() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,3,4,4] x) => (float y)
            <float[2,3,1,1] w, float[2] b, int64[3] s = {0, 16, 2}, float variance = {0.1}, float[1,16,2] sizes, float[1,16,2] centres> {
              c = Conv (x, w, b)
              r = Reshape (c, s)
              m = Mul (r, variance)
              n = Mul (m, sizes)
              y = Add (n, centres)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>w", "w>b");
    assertThat(graph.parameters())
        .filteredOn(p -> p.role() == Role.UNKNOWN)
        .extracting(Parameter::name)
        .containsExactly("sizes", "centres");
    assertThat(graph.findings()).extracting(Finding::code).containsExactly("OG-252", "OG-252");
  }

  /**
   * Coordinates for the next convolution (CoordConv), and what is put beside a network's results.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "j = Concat <axis = 1> (c, table)\n y = Conv (j, z)",
        "e = Expand (table, s)\n j = Concat <axis = 1> (c, e)\n y = Conv (j, z)",
        "f = Reshape (c, s)\n y = Concat <axis = 1> (f, row)"
      })
  void concatenatedTablesAreNoClassTokens(String nodes) {
    ImportedGraph graph =
        imported(
            """
            g (float[N,3,4,4] x) => (float y)
            <float[2,3,1,1] w, int64[3] s = {0, 16, 2}, float[1,2,4,4] table, float[1,1,2] row, float[3,4,1,1] z> {
              c = Conv (x, w)
            """
                + nodes
                + "\n}");
    assertThat(graph.parameters())
        .filteredOn(p -> p.role() == Role.UNKNOWN)
        .extracting(Parameter::name)
        .hasSize(1)
        .containsAnyOf("table", "row");
    assertThat(graph.findings()).extracting(Finding::code).containsExactly("OG-252");
  }

  /** Spectral normalisation divides its weight by u W v. */
  @Test
  void vectorsThatMeasureAWeightAreNoWeights() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,2,4,4] x) => (float y) <float[3,2,1,1] w, float[3] b, float[3] u, float[2] v, int64[2] s = {3, -1}> {
              r = Reshape (w, s)
              p = MatMul (r, v)
              q = MatMul (u, p)
              d = Div (w, q)
              y = Conv (x, d, b)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>w", "w>b");
    assertThat(parameter(graph, "w").slots()).hasSize(1);
    assertThat(parameter(graph, "u").role()).isEqualTo(Role.UNKNOWN);
    assertThat(parameter(graph, "v").role()).isEqualTo(Role.UNKNOWN);
  }

  @Test
  void aVectorBesideDataIsAWeight() {
    ImportedGraph graph =
        imported("g (float[N,4] x) => (float y) <float[4] v> { y = MatMul (x, v) }");
    assertThat(parameter(graph, "v").role()).isEqualTo(Role.WEIGHT);
  }

  /** Which of two layouts the layer gets is known only when it runs; the weight is named. */
  @Test
  void aWeightThatGoesThroughIfIsReported() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,4] x, bool c) => (float y) <float[4,4] w> {
              i = If <then_branch = t () => (float u) { u = Transpose <perm = [1,0]> (w) },
                      else_branch = e () => (float v) { v = Identity (w) }> (c)
              y = MatMul (x, i)
            }
            """);
    assertThat(parameter(graph, "w").role()).isEqualTo(Role.UNKNOWN);
    assertThat(graph.findings()).extracting(Finding::code).containsExactly("OG-252");
    assertThat(graph.findings().get(0).tensor()).isEqualTo("w");
  }
}
