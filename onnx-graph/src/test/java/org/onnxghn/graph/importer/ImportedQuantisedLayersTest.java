package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.onnxghn.graph.importer.GraphEdges.edges;
import static org.onnxghn.graph.importer.GraphEdges.imported;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;

/**
 * Quantised models: integer weights are kept and reported, scales and zero points are no
 * parameters.
 */
class ImportedQuantisedLayersTest {
  private static final String TENSORS =
      """
      <int8[3,2,1,1] w = {1,2,3,4,5,6}, float[3] ws = {0.1,0.2,0.3}, int8[3] wz = {0,0,0},
       float s = {0.1}, uint8 z = {128}, int32[3] b = {1,2,3}, float[4,3,1,1] next>
      """;

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Weights and activations between QuantizeLinear and DequantizeLinear.
        """
        q = QuantizeLinear (x, s, z)
        d = DequantizeLinear (q, s, z)
        u = DequantizeLinear <axis = 0> (w, ws, wz)
        v = DequantizeLinear <axis = 0> (b, ws)
        c = Conv (d, u, v)
        """,
        // Operators on integers.
        """
        q = QuantizeLinear (x, s, z)
        p = QLinearConv (q, s, z, w, ws, wz, s, z, b)
        c = DequantizeLinear (p, s, z)
        """
      })
  void convolutions(String nodes) {
    ImportedGraph graph =
        imported(
            "g (float[N,2,4,4] x) => (float y)" + TENSORS + "{" + nodes + "y = Conv (c, next)}");
    assertThat(graph.parameters()).extracting(Parameter::name).containsExactly("w", "b", "next");
    assertThat(graph.findings()).extracting(Finding::code).containsExactly("OG-254", "OG-254");
    assertThat(graph.findings()).allSatisfy(f -> assertThat(f.message()).contains("kept as it is"));
    assertThat(edges(graph.graph())).anyMatch(edge -> edge.endsWith(">next"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        """
        q, s, z = DynamicQuantizeLinear (x)
        i = MatMulInteger (q, w, z, wz)
        f = Cast <to = 1> (i)
        t = Mul (s, ws)
        h = Mul (f, t)
        """,
        "h = com.microsoft.DynamicQuantizeMatMul (x, w, ws, wz)",
        "h = com.microsoft.MatMulNBits <K = 4, N = 3, bits = 4, block_size = 16> (x, w, ws)"
      })
  void matrices(String nodes) {
    ImportedGraph graph =
        imported(
            "<opset_import: [\"\" : 17, \"com.microsoft\" : 1]> g (float[N,4] x) => (float y)"
                + "<uint8[4,3] w = {1,2,3,4,5,6,7,8,9,10,11,12}, float[3] ws = {0.1,0.2,0.3},"
                + " uint8[3] wz = {0,0,0}, float[3,5] v, float[5] b> {"
                + nodes
                + "\n o = MatMul (h, v)\n y = Add (o, b)\n}");
    assertThat(graph.parameters()).extracting(Parameter::name).containsExactly("w", "v", "b");
    assertThat(graph.findings()).extracting(Finding::code).containsExactly("OG-254");
    assertThat(edges(graph.graph())).containsExactly("input>v", "v>b");
  }
}
