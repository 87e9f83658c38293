package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.onnxghn.graph.importer.GraphEdges.edges;
import static org.onnxghn.graph.importer.GraphEdges.imported;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.graph.ImportedGraph;

/** Activations, as one operator or in pieces, are no nodes, and leave none behind. */
class ImportedActivationsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "z = Relu (h)",
        "z = Gelu (h)",
        "z = HardSwish (h)",
        "z = Mish (h)",
        // GELU by the error function (PyTorch), with the constants in either order.
        "a = Div (h, root)\n b = Erf (a)\n c = Add (b, one)\n d = Mul (h, c)\n z = Mul (d, half)",
        "g1 = Mul (h, half)\n a = Mul (h, root)\n b = Erf (a)\n c = Add (one, b)\n z = Mul (g1, c)",
        // GELU by tanh.
        """
        a = Pow (h, three)
        b = Mul (a, half)
        c = Add (h, b)
        d = Mul (c, root)
        e = Tanh (d)
        f = Add (e, one)
        k = Mul (h, f)
        z = Mul (k, half)
        """,
        // QuickGELU, SiLU.
        "a = Mul (h, root)\n b = Sigmoid (a)\n z = Mul (h, b)",
        "a = Sigmoid (h)\n z = Mul (a, h)",
        // Hard swish: by HardSigmoid, and with ReLU6.
        "a = HardSigmoid (h)\n z = Mul (h, a)",
        "a = Add (h, three)\n b = Clip (a, zero, six)\n c = Div (b, six)\n z = Mul (h, c)",
        "a = Add (h, three)\n b = Clip (a, zero, six)\n c = Mul (h, b)\n z = Div (c, six)",
        // Mish, softsign.
        "a = Softplus (h)\n b = Tanh (a)\n z = Mul (h, b)",
        "a = Abs (h)\n b = Add (one, a)\n z = Div (h, b)"
      })
  void leaveNoNode(String nodes) {
    ImportedGraph graph =
        imported(
            """
            <opset_import: ["" : 20]>
            g (float[N,3,8,8] x) => (float y)
            <float[4,3,1,1] w, float[4] s, float[4] t, float[4] m, float[4] v, float[5,4,1,1] u, float[5] bias,
             float root = {1.41}, float one = {1}, float half = {0.5}, float zero = {0}, float three = {3}, float six = {6}> {
              c0 = Conv (x, w)
              h = BatchNormalization (c0, s, t, m, v)
            """
                + nodes
                + "\n y = Conv (z, u, bias)\n}");
    assertThat(edges(graph.graph())).containsExactly("input>w", "w>s", "s>u", "u>bias");
    assertThat(graph.findings()).isEmpty();
  }
}
