package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.onnxghn.graph.importer.GraphEdges.edges;
import static org.onnxghn.graph.importer.GraphEdges.imported;
import static org.onnxghn.graph.importer.GraphEdges.parameter;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Layout;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.Shape;

/**
 * Attention, embeddings and position encodings, in the forms that exporters and ONNX Runtime's
 * optimiser write.
 */
class ImportedTransformersTest {
  private static final String PROJECTIONS =
      """
      <float[4,4] q, float[4] qb, float[4,4] k, float[4] kb, float[4,4] v, float[4] vb, float[4,4] o, float[4] ob,
       float[4] s, float[4] t, float scale = {0.5}, float[1,1,3,3] mask = {0,-10000,-10000,0,0,-10000,0,0,0}> {
        x = LayerNormalization (e, s, t)
        q0 = MatMul (x, q)
        q1 = Add (q0, qb)
        k0 = MatMul (x, k)
        k1 = Add (k0, kb)
        v0 = MatMul (x, v)
        v1 = Add (v0, vb)
      """;

  private static final String OUTPUT =
      """
        o0 = MatMul (a, o)
        o1 = Add (o0, ob)
        y = Add (o1, e)
      }
      """;

  private static final String[] SEPARATE = {
    "input>s", "s>q", "s>k", "s>v", "q>qb", "k>kb", "v>vb", "qb>msa", "kb>msa", "vb>msa", "msa>o",
    "o>ob"
  };

  @Test
  void separateProjectionsWithAMask() {
    ImportedGraph graph =
        imported(
            "g (float[N,3,4] e) => (float y) "
                + PROJECTIONS
                + """
                  kt = Transpose <perm = [0,2,1]> (k1)
                  l = MatMul (q1, kt)
                  m = Mul (l, scale)
                  n = Add (m, mask)
                  w = Softmax <axis = -1> (n)
                  d = Dropout (w)
                  a = MatMul (d, v1)
                """
                + OUTPUT);
    assertThat(edges(graph.graph())).containsExactlyInAnyOrder(SEPARATE);
    assertThat(graph.parameters()).extracting(p -> p.name()).doesNotContain("mask");
    assertThat(graph.findings()).isEmpty();
  }

  /** One matrix makes queries, keys and values; several ways to tell them apart. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "q, k, v = Split <axis = 2> (p, sizes)",
        """
        r = Reshape (p, five)
        u = Transpose <perm = [2,0,1,3]> (r)
        q = Gather <axis = 0> (u, i0)
        k = Gather <axis = 0> (u, i1)
        v = Gather <axis = 0> (u, i2)
        """,
        """
        q = Slice (p, n0, n4, two)
        k = Slice (p, n4, n8, two)
        v = Slice (p, n8, n12, two)
        """
      })
  void packedProjections(String split) {
    ImportedGraph graph =
        imported(
            """
            g (float[N,3,4] x) => (float y)
            <float[4,12] w, float[12] b, float[4,4] o, float[4] ob, int64[3] sizes = {4, 4, 4}, int64[4] five = {0, 3, 3, 4},
             int64 i0 = {0}, int64 i1 = {1}, int64 i2 = {2}, int64[1] n0 = {0}, int64[1] n4 = {4}, int64[1] n8 = {8}, int64[1] n12 = {12}, int64[1] two = {2}, float one = {1}> {
              m = MatMul (x, w)
              p = Add (m, b)
            """
                + split
                // The scale is computed from the shape, as scaled_dot_product_attention exports it.
                + """
                  shape = Shape (q)
                  width = Slice (shape, two, sizes)
                  wide = Cast <to = 1> (width)
                  root = Sqrt (wide)
                  scale = Div (one, root)
                  half = Sqrt (scale)
                  qs = Mul (q, half)
                  kt = Transpose <perm = [0,2,1]> (k)
                  ks = Mul (kt, half)
                  l = MatMul (qs, ks)
                  s = Softmax <axis = -1> (l)
                  a = MatMul (s, v)
                  c = MatMul (a, o)
                  y = Add (c, ob)
                }
                """);
    assertThat(edges(graph.graph())).containsExactly("input>w", "w>b", "b>msa", "msa>o", "o>ob");
    assertThat(graph.findings()).isEmpty();
  }

  /** The biases of the three projections, fused by ONNX Runtime into attention. */
  @Test
  void separateProjectionsWithTheirBiasesInTheAttention() {
    ImportedGraph graph =
        imported(
            """
            <opset_import: ["" : 17, "com.microsoft" : 1]>
            g (float[N,3,4] x) => (float y)
            <float[4] s, float[4] t, float[4,4] q, float[4,4] k, float[4,4] v, float[12] b, float[4,4] o, float[4] ob> {
              e = LayerNormalization (x, s, t)
              q0 = MatMul (e, q)
              k0 = MatMul (e, k)
              v0 = MatMul (e, v)
              a = com.microsoft.MultiHeadAttention <num_heads = 2> (q0, k0, v0, b)
              c = MatMul (a, o)
              y = Add (c, ob)
            }
            """);
    assertThat(edges(graph.graph()))
        .containsExactlyInAnyOrder(
            "input>s", "s>q", "s>k", "s>v", "q>b", "k>b", "v>b", "b>msa", "msa>o", "o>ob");
  }

  /** Swin V2: the logarithm of a scale for each head, and a bias made by a small network. */
  @Test
  void cosineAttentionWithALearnedScale() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,2,3,4] q, float[N,2,4,3] k, float[N,2,3,4] v) => (float y)
            <float[2,1,1] scale, float most = {4.6}, float[1,3,3,2] places, float[2,8] w, float[8] b, float[8,2] u, float[2,5,1,1] z> {
              l = MatMul (q, k)
              c = Min (scale, most)
              e = Exp (c)
              m = Mul (l, e)
              h = MatMul (places, w)
              i = Add (h, b)
              r = Relu (i)
              o = MatMul (r, u)
              t = Transpose <perm = [0,3,1,2]> (o)
              n = Add (m, t)
              s = Softmax <axis = -1> (n)
              y = MatMul (s, v)
            }
            """);
    assertThat(parameter(graph, "scale").role()).isEqualTo(Role.LOGIT_SCALE);
    assertThat(parameter(graph, "w").role()).isEqualTo(Role.WEIGHT);
    assertThat(parameter(graph, "u").role()).isEqualTo(Role.WEIGHT);
    // The table of places is no weight, and keeps its values.
    assertThat(parameter(graph, "places").role()).isEqualTo(Role.UNKNOWN);
  }

  @Test
  void attentionAsOneOperatorOfOpset23() {
    ImportedGraph graph =
        imported(
            "<opset_import: [\"\" : 23]> g (float[N,3,4] e) => (float y) "
                + PROJECTIONS
                + "  a = Attention <q_num_heads = 2, kv_num_heads = 2> (q1, k1, v1)\n"
                + OUTPUT);
    assertThat(edges(graph.graph())).containsExactlyInAnyOrder(SEPARATE);
  }

  @Test
  void attentionAndResidualFusedByOnnxRuntime() {
    ImportedGraph graph =
        imported(
            """
            <opset_import: ["" : 17, "com.microsoft" : 1]>
            g (int64[N,3] ids) => (float y)
            <float[9,4] words, float[3,4] places, float[4] s0, float[4] t0, float[4,12] qkv, float[12] b, float[4,4] o, float[4] ob,
             float[4] s, float[4] t, float[4,8] f, float[8] fb> {
              e = com.microsoft.EmbedLayerNormalization (ids, "", words, places, "", s0, t0)
              a = com.microsoft.Attention <num_heads = 2> (e, qkv, b)
              o0 = MatMul (a, o)
              n = com.microsoft.SkipLayerNormalization (e, o0, s, t, ob)
              h = MatMul (n, f)
              y = com.microsoft.FastGelu (h, fb)
            }
            """);
    assertThat(edges(graph.graph()))
        .containsExactlyInAnyOrder(
            "input>words",
            "words>sum",
            "places>sum",
            "sum>s0",
            "s0>qkv",
            "qkv>b",
            "b>msa",
            "msa>o",
            "o>ob",
            "ob>sum",
            "s0>sum",
            "sum>s",
            "s>f",
            "f>fb");
    assertThat(parameter(graph, "qkv").slots().get(0).shape()).isEqualTo(Shape.of(12, 4));
    assertThat(parameter(graph, "qkv").slots().get(0).layout().steps())
        .containsExactly(new Layout.Permute(List.of(1, 0)));
    assertThat(parameter(graph, "ob").role()).isEqualTo(Role.BIAS);
    assertThat(parameter(graph, "places").role()).isEqualTo(Role.POSITION_ENCODING);
  }

  @Test
  void classTokenPositionEncodingAndLayerScale() {
    ImportedGraph graph =
        imported(
            """
            g (float[2,3,8,8] x) => (float y)
            <float[6,3,4,4] w, float[6] b, int64[3] s = {0, 6, -1}, float[1,1,6] token, int64[3] n = {2, 1, 6}, float[1,5,6] pos,
             float[6] g1, float[6] g2, float[6,6] l, float[6] lb, float[6] gamma> {
              c = Conv <strides = [4,4]> (x, w, b)
              r = Reshape (c, s)
              t = Transpose <perm = [0,2,1]> (r)
              k = Expand (token, n)
              a = Concat <axis = 1> (k, t)
              p = Add (a, pos)
              q = LayerNormalization (p, g1, g2)
              h = MatMul (q, l)
              i = Add (h, lb)
              j = Mul (i, gamma)
              y = Add (p, j)
            }
            """);
    assertThat(edges(graph.graph()))
        .containsExactlyInAnyOrder(
            "input>w", "w>b", "b>sum", "pos>sum", "sum>g1", "g1>l", "l>lb", "sum>sum", "lb>sum");
    assertThat(parameter(graph, "token").role()).isEqualTo(Role.CLASS_TOKEN);
    assertThat(parameter(graph, "token").slots()).isEmpty();
    assertThat(parameter(graph, "gamma").role()).isEqualTo(Role.LAYER_SCALE);
    assertThat(parameter(graph, "pos").role()).isEqualTo(Role.POSITION_ENCODING);
    assertThat(
            graph.graph().nodes().stream()
                .filter(n -> n.name().equals("pos"))
                .findFirst()
                .orElseThrow()
                .shape())
        .isEqualTo(Shape.of(1, 6, 2, 2));
  }

  @Test
  void layerNormInTensorFlowsForm() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,7,4] x) => (float y)
            <float[4,6] w, float[6] b, float eps = {0.00001}, float[6] gamma, float[6] beta, float[6,3] v, float[3] u> {
              l = MatMul (x, w)
              h = Add (l, b)
              m = ReduceMean <axes = [2]> (h)
              d = Sub (h, m)
              q = Mul (d, d)
              e = ReduceMean <axes = [2]> (q)
              f = Add (e, eps)
              r = Sqrt (f)
              i = Reciprocal (r)
              s = Mul (i, gamma)
              n = Mul (h, s)
              k = Mul (m, s)
              t = Sub (beta, k)
              o = Add (n, t)
              p = MatMul (o, v)
              y = Add (p, u)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>w", "w>b", "b>gamma", "gamma>v", "v>u");
    assertThat(graph.graph().nodes().get(3).slots())
        .extracting(slot -> slot.parameter())
        .containsExactly("gamma", "beta");
  }
}
