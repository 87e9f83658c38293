package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.onnxghn.graph.importer.GraphEdges.edges;
import static org.onnxghn.graph.importer.GraphEdges.imported;
import static org.onnxghn.graph.importer.GraphEdges.parameter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.GraphText;
import org.onnxghn.graph.GraphConvention;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Role;

/** Sums that an operator makes before a normalisation, or after a layer. */
class SplitOperatorsTest {
  /** Pre-LN: the next block adds to the sum, not to what is normalised. */
  @Test
  void theSumBeforeANormalisationIsTheResidualOfTheNextBlock() {
    ImportedGraph graph =
        imported(
            """
            <opset_import: ["" : 17, "com.microsoft" : 1]>
            g (float[N,3,4] x) => (float y)
            <float[4,4] p, float[4] pb, float[4] s0, float[4] t0, float[4,4] f, float[4] fb, float[4] s1, float[4] t1,
             float[4,4] h, float[4] hb, float[4] s2, float[4] t2, float[4,2] c, float[2] cb> {
              e0 = MatMul (x, p)
              e = Add (e0, pb)
              n0 = LayerNormalization (e, s0, t0)
              o0 = MatMul (n0, f)
              o = Add (o0, fb)
              n1, "", "", r1 = com.microsoft.SkipLayerNormalization (e, o, s1, t1)
              q = MatMul (n1, h)
              n2, "", "", r2 = com.microsoft.SkipLayerNormalization (r1, q, s2, t2, hb)
              l = MatMul (n2, c)
              y = Add (l, cb)
            }
            """);
    assertThat(edges(graph.graph()))
        .containsExactlyInAnyOrder(
            "input>p", "p>pb", "pb>s0", "s0>f", "f>fb", "pb>sum", "fb>sum", "sum>s1", "s1>h",
            "h>hb", "sum>sum", "hb>sum", "sum>s2", "s2>c", "c>cb");
    assertThat(parameter(graph, "s1").consumer().opType()).isEqualTo("SkipLayerNormalization");
    assertThat(parameter(graph, "s1").consumer().input()).isEqualTo(2);
    assertThat(parameter(graph, "t2").role()).isEqualTo(Role.NORM_BIAS);
    assertThat(parameter(graph, "hb").role()).isEqualTo(Role.BIAS);
    assertThat(graph.findings()).isEmpty();
  }

  @Test
  void theSumOfEmbeddingsIsTheResidualOfTheFirstBlock() {
    ImportedGraph graph =
        imported(
            """
            <opset_import: ["" : 17, "com.microsoft" : 1]>
            g (int64[N,3] ids) => (float y)
            <float[9,4] words, float[3,4] places, float[4] s0, float[4] t0, float[4,4] f, float[4] fb, float[4] s1, float[4] t1,
             float[4,2] c, float[2] cb> {
              e, "", es = com.microsoft.EmbedLayerNormalization (ids, "", words, places, "", s0, t0)
              o0 = MatMul (e, f)
              o = Add (o0, fb)
              n = com.microsoft.SkipLayerNormalization (es, o, s1, t1)
              l = MatMul (n, c)
              y = Add (l, cb)
            }
            """);
    assertThat(edges(graph.graph()))
        .containsExactlyInAnyOrder(
            "input>words",
            "words>sum",
            "places>sum",
            "sum>s0",
            "s0>f",
            "f>fb",
            "sum>sum",
            "fb>sum",
            "sum>s1",
            "s1>c",
            "c>cb");
    assertThat(parameter(graph, "t0").role()).isEqualTo(Role.NORM_BIAS);
    assertThat(parameter(graph, "places").role()).isEqualTo(Role.POSITION_ENCODING);
  }

  /** RMS normalisation has no primitive, but the sums before it have one. */
  @Test
  void sumsBeforeASimplifiedNormalisation() {
    ImportedGraph graph =
        imported(
            """
            <opset_import: ["" : 17, "com.microsoft" : 1]>
            g (float[N,3,4] x) => (float y)
            <float[4,4] p, float[4] pb, float[4] s0, float[4,4] f, float[4] fb, float[4] s1, float[4,4] h, float[4] hb,
             float[4] s2, float[4,2] c, float[2] cb> {
              e0 = MatMul (x, p)
              e = Add (e0, pb)
              n0 = SimplifiedLayerNormalization (e, s0)
              o0 = MatMul (n0, f)
              o = Add (o0, fb)
              n1, "", "", r1 = com.microsoft.SkipSimplifiedLayerNormalization (e, o, s1)
              q0 = MatMul (n1, h)
              q = Add (q0, hb)
              n2 = com.microsoft.SkipSimplifiedLayerNormalization (r1, q, s2)
              l = MatMul (n2, c)
              y = Add (l, cb)
            }
            """);
    assertThat(edges(graph.graph()))
        .containsExactlyInAnyOrder(
            "input>p", "p>pb", "pb>f", "f>fb", "pb>sum", "fb>sum", "sum>h", "h>hb", "sum>sum",
            "hb>sum", "sum>c", "c>cb");
    assertThat(parameter(graph, "s1").role()).isEqualTo(Role.NORM_WEIGHT);
    assertThat(parameter(graph, "s1").consumer().opType())
        .isEqualTo("SkipSimplifiedLayerNormalization");
  }

  @Test
  void aConvolutionAddsItsFourthInput() {
    ImportedGraph graph =
        imported(
            """
            <opset_import: ["" : 17, "com.microsoft" : 1]>
            g (float[N,2,4,4] x) => (float y) <float[2,2,1,1] a, float[2,2,1,1] b, float[2] bb, float[2,2,1,1] z> {
              p = Conv (x, a)
              q = com.microsoft.FusedConv <activation = "Relu"> (p, b, bb, p)
              y = Conv (q, z)
            }
            """);
    assertThat(edges(graph.graph()))
        .containsExactlyInAnyOrder("input>a", "a>b", "b>bb", "a>sum", "bb>sum", "sum>z");
    assertThat(graph.findings()).isEmpty();
  }

  /** Where the shapes agree the optimiser takes a table for the residual of a sum. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "e = Add (e0, pb)\n n = com.microsoft.SkipLayerNormalization (e, pos, s, t)",
        "n = com.microsoft.SkipLayerNormalization (pos, e0, s, t, pb)",
        "n0, \"\", \"\", r = com.microsoft.SkipLayerNormalization (e0, pos, s, t, pb)\n n = Identity (n0)"
      })
  void aPositionEncodingMayBeFusedWithANormalisation(String nodes) {
    ImportedGraph graph =
        imported(
            """
            <opset_import: ["" : 17, "com.microsoft" : 1]>
            g (float[N,3,4] x) => (float y)
            <float[4,4] p, float[4] pb, float[1,3,4] pos, float[4] s, float[4] t, float[4,2] c, float[2] cb> {
              e0 = MatMul (x, p)
            """
                + nodes
                + """

                  l = MatMul (n, c)
                  y = Add (l, cb)
                }
                """);
    assertThat(edges(graph.graph()))
        .containsExactlyInAnyOrder("input>p", "p>pb", "pb>sum", "pos>sum", "sum>s", "s>c", "c>cb");
    assertThat(parameter(graph, "pos").role()).isEqualTo(Role.POSITION_ENCODING);
    assertThat(parameter(graph, "pos").slots()).hasSize(1);
    assertThat(parameter(graph, "pb").role()).isEqualTo(Role.BIAS);
    assertThat(parameter(graph, "s").consumer().opType()).isEqualTo("SkipLayerNormalization");
    assertThat(graph.findings()).isEmpty();
  }

  @Test
  void aPositionEncodingMayBeFusedWithAConvolution() {
    ImportedGraph graph =
        imported(
            """
            <opset_import: ["" : 17, "com.microsoft" : 1]>
            g (float[N,2,4,4] x) => (float y) <float[2,2,1,1] a, float[2] ab, float[1,2,4,4] pos, float[2,2,1,1] z> {
              p = com.microsoft.FusedConv (x, a, ab, pos)
              y = Conv (p, z)
            }
            """);
    assertThat(edges(graph.graph()))
        .containsExactlyInAnyOrder("input>a", "a>ab", "ab>sum", "pos>sum", "sum>z");
    assertThat(parameter(graph, "pos").role()).isEqualTo(Role.POSITION_ENCODING);
    assertThat(graph.findings()).isEmpty();
  }

  /** {@code torch.addmm(p, h, w)}; without a bias, w is a side branch for the reference. */
  @Test
  void aMatrixProductAddsData() {
    String text =
        """
        g (float[N,4] x) => (float y)
        <float[4,4] a, float[4] ab, float[4,4] b, float[4] bb, float[4,4] w, float[2,4] z, float[2] zb> {
          p = Gemm (x, a, ab)
          h = Gemm (p, b, bb)
          s = Gemm (h, w, p)
          y = Gemm <transB = 1> (s, z, zb)
        }
        """;
    ImportedGraph natural =
        GraphImporter.importGraph(GraphText.model(text), GraphConvention.NATURAL);
    assertThat(edges(natural.graph()))
        .containsExactlyInAnyOrder(
            "input>a", "a>ab", "ab>b", "b>bb", "bb>w", "w>sum", "ab>sum", "sum>z", "z>zb");
    assertThat(edges(imported(text).graph()))
        .containsExactlyInAnyOrder(
            "input>a", "a>ab", "ab>b", "b>bb", "input>w", "bb>sum", "w>sum", "ab>sum", "sum>z",
            "z>zb");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "g (float[2,3] x) => (float y) <float[3,5] w, float[5] b> { c = Identity (b) y = Gemm (x, w, c) }",
        "g (float[2,3] x, float[3,5] w, float[5] b) => (float y) { y = Gemm (x, w, b) }"
      })
  void aBiasStaysOneWhereverItComesFrom(String text) {
    assertThat(edges(imported(text).graph())).containsExactly("input>w", "w>b");
  }
}
