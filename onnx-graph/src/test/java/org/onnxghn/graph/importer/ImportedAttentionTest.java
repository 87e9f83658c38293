package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.onnxghn.graph.importer.GraphEdges.edges;
import static org.onnxghn.graph.importer.GraphEdges.imported;
import static org.onnxghn.graph.importer.GraphEdges.parameter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.Role;

/** Attention in pieces, where more than itself reads its weights or is made of them. */
class ImportedAttentionTest {
  private static final String[] EDGES = {
    "input>q", "input>k", "input>v", "q>qb", "k>kb", "v>vb", "qb>msa", "kb>msa", "vb>msa", "msa>o",
    "o>ob"
  };

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a = MatMul (w, v1)\n seen = Identity (w)",
        "seen = Identity (w)\n a = MatMul (w, v1)",
        "seen = Identity (w)\n d = Dropout (w)\n a = MatMul (d, v1)"
      })
  void itsWeightsMayBeAnOutputOfTheNetwork(String nodes) {
    assertThat(edges(network("w = Softmax <axis = -1> (l)\n" + nodes).graph()))
        .containsExactlyInAnyOrder(EDGES);
  }

  @Test
  void aSoftmaxThatAddsItsBias() {
    String nodes =
        """
        w = com.microsoft.BiasSoftmax <axis = 1, is_inner_broadcast = 0> (l, added)
        a = MatMul (w, v1)
        """;
    ImportedGraph learned = network(nodes.replace("added", "positions"));
    assertThat(edges(learned.graph())).containsExactlyInAnyOrder(EDGES);
    assertThat(parameter(learned, "positions").role()).isEqualTo(Role.RELATIVE_POSITION_BIAS);
    ImportedGraph masked = network(nodes.replace("added", "mask"));
    assertThat(edges(masked.graph())).containsExactlyInAnyOrder(EDGES);
    assertThat(masked.findings()).isEmpty();
  }

  /** The values cannot enter the softmax that they come from. */
  @Test
  void valuesMayBeMadeOfTheWeights() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,3,4] x) => (float y)
            <float[4,4] w0, float[4] b0, float[3,3] w, float[3] b, float[3,2] z, float[2] u> {
              h = MatMul (x, w0)
              e = Add (h, b0)
              t = Transpose <perm = [0,2,1]> (e)
              l = MatMul (e, t)
              s = Softmax <axis = -1> (l)
              m = MatMul (s, w)
              n = Add (m, b)
              a = MatMul (s, n)
              c = MatMul (a, z)
              y = Add (c, u)
            }
            """);
    assertThat(edges(graph.graph()))
        .containsExactlyInAnyOrder(
            "input>w0", "w0>b0", "b0>msa", "msa>w", "w>b", "msa>z", "b>z", "z>u");
  }

  /** Nor can the projection of the queries, without bias, come after what is made of it. */
  @Test
  void keysMayBeMadeOfTheQueries() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,3,4] x) => (float y)
            <float[4,4] w0, float[4] b0, float[4,4] q, float[4,4] k, float[4] kb> {
              h = MatMul (x, w0)
              e = Add (h, b0)
              q0 = MatMul (e, q)
              k0 = MatMul (q0, k)
              k1 = Add (k0, kb)
              t = Transpose <perm = [0,2,1]> (k1)
              l = MatMul (q0, t)
              s = Softmax <axis = -1> (l)
              y = MatMul (s, e)
            }
            """);
    assertThat(edges(graph.graph()))
        .containsExactlyInAnyOrder(
            "input>w0", "w0>b0", "b0>q", "b0>k", "q>k", "k>kb", "q>msa", "kb>msa");
  }

  /** What is added reaches the softmax, whatever else reads the sum or stands in between. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "scores = Sigmoid (n)\n w = Softmax <axis = -1> (n)",
        "i = Identity (n)\n w = Softmax <axis = -1> (i)",
        "i = Mul (n, scale)\n w = Softmax <axis = -1> (i)"
      })
  void masksAndBiasesNeedNotBeNextToTheSoftmax(String softmax) {
    String nodes = "n = Add (l, added)\n" + softmax + "\n a = MatMul (w, v1)";
    ImportedGraph masked = network(nodes.replace("added", "mask"));
    assertThat(edges(masked.graph())).containsExactlyInAnyOrder(EDGES);
    assertThat(masked.parameters()).extracting(Parameter::name).doesNotContain("mask");
    assertThat(masked.findings()).isEmpty();
    ImportedGraph biased = network(nodes.replace("added", "positions"));
    assertThat(edges(biased.graph())).containsExactlyInAnyOrder(EDGES);
    assertThat(parameter(biased, "positions").role()).isEqualTo(Role.RELATIVE_POSITION_BIAS);
  }

  /** No memory would be enough to read it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "n = Add (l, large)\n w = Softmax <axis = -1> (n)",
        "w = com.microsoft.BiasSoftmax <axis = 2> (l, large)"
      })
  void aMaskMayBeLargerThanTheMemory(String softmax) {
    ImportedGraph graph =
        network("large = ConstantOfShape (size)\n" + softmax + "\n a = MatMul (w, v1)");
    assertThat(edges(graph.graph())).containsExactlyInAnyOrder(EDGES);
    assertThat(graph.parameters()).extracting(Parameter::name).doesNotContain("large");
  }

  private static ImportedGraph network(String nodes) {
    return imported(
        """
        <opset_import: ["" : 17, "com.microsoft" : 1]>
        g (float[N,3,4] x) => (float y)
        <float[4,4] q, float[4] qb, float[4,4] k, float[4] kb, float[4,4] v, float[4] vb, float[4,4] o, float[4] ob,
         float[1,1,3,3] positions, float[1,1,3,3] mask = {0,-10000,-10000,0,0,-10000,0,0,0},
         float scale = {0.5}, int64[2] size = {20000, 20000}> {
          q0 = MatMul (x, q)
          q1 = Add (q0, qb)
          k0 = MatMul (x, k)
          k1 = Add (k0, kb)
          v0 = MatMul (x, v)
          v1 = Add (v0, vb)
          kt = Transpose <perm = [0,2,1]> (k1)
          l = MatMul (q1, kt)
        """
            + nodes
            + "\n o0 = MatMul (a, o)\n y = Add (o0, ob)\n}");
  }
}
