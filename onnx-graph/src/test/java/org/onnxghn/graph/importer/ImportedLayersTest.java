package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.onnxghn.graph.importer.GraphEdges.edges;
import static org.onnxghn.graph.importer.GraphEdges.imported;
import static org.onnxghn.graph.importer.GraphEdges.parameter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.GraphText;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.GraphConvention;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.OnnxException;
import org.onnxghn.onnx.Shape;

/**
 * What the importer makes of the ways in which exporters write layers; graphs as text, edges as
 * {@code a>b}.
 */
class ImportedLayersTest {
  @Test
  void chainsConvolutionNormAndClassifier() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,3,8,8] x) => (float[N,5] y)
            <float[4,3,3,3] w, float[4] s, float[4] b, float[4] m, float[4] v, float[5,4] fw, float[5] fb> {
              c = Conv <pads = [1,1,1,1]> (x, w)
              n = BatchNormalization (c, s, b, m, v)
              r = Relu (n)
              p = GlobalAveragePool (r)
              f = Flatten (p)
              y = Gemm <transB = 1> (f, fw, fb)
            }
            """);
    assertThat(edges(graph.graph()))
        .containsExactly("input>w", "w>s", "s>glob_avg", "glob_avg>fw", "fw>fb");
    assertThat(graph.graph().nodes().get(2).slots())
        .extracting(slot -> slot.parameter())
        .containsExactly("s", "b");
    assertThat(parameter(graph, "m").role()).isEqualTo(Role.RUNNING_MEAN);
    assertThat(parameter(graph, "v").role()).isEqualTo(Role.RUNNING_VARIANCE);
    assertThat(graph.graph().classifierWeight()).hasValue(4);
    assertThat(graph.graph().classifierBias()).hasValue(5);
    assertThat(graph.findings()).isEmpty();
  }

  @Test
  void toldApartByGroupAndDilation() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,4,8,8] x) => (float y)
            <float[4,4,3,3] plain, float[4,2,3,3] grouped, float[4,1,3,3] depthwise, float[4,1,3,3] dilated, float[4,4,3,3] atrous> {
              a = Conv (x, plain)
              b = Conv <group = 2> (a, grouped)
              c = Conv <group = 4> (b, depthwise)
              d = Conv <group = 4, dilations = [2,2]> (c, dilated)
              y = Conv <dilations = [2,2]> (d, atrous)
            }
            """);
    assertThat(graph.graph().nodes())
        .extracting(n -> n.primitive().label())
        .containsExactly("input", "conv", "sep_conv", "sep_conv", "dil_conv", "conv");
  }

  @Test
  void weightsBehindReshapes() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,2,4,4] x) => (float y) <float[12] flat, int64[4] s = {3, 2, 2, 1}, float[1,3,1,1] b> {
              w = Reshape (flat, s)
              c = Conv (x, w)
              y = Add (c, b)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>flat", "flat>b");
    assertThat(parameter(graph, "flat").slots().get(0).shape()).isEqualTo(Shape.of(3, 2, 2, 1));
    assertThat(parameter(graph, "flat").slots().get(0).layout().storedShape(Shape.of(3, 2, 2, 1)))
        .isEqualTo(Shape.of(12));
    assertThat(parameter(graph, "b").slots().get(0).shape()).isEqualTo(Shape.of(3));
    assertThat(parameter(graph, "b").slots().get(0).layout().storedShape(Shape.of(3)))
        .isEqualTo(Shape.of(1, 3, 1, 1));
  }

  @Test
  void residualSumsAndConcatsStayOnlyWhereFlowsMeet() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,2,4,4] x) => (float y) <float[2,2,1,1] a, float[2,2,1,1] b, float[2,4,1,1] c> {
              p = Conv (x, a)
              q = Conv (p, b)
              s = Add (p, q)
              twice = Add (s, s)
              d = Concat <axis = 1> (s, twice)
              y = Conv (d, c)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>a", "a>b", "a>sum", "b>sum", "sum>c");
  }

  @Test
  void globalMaxPoolingHasNoWindow() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,3,8,8] x) => (float y) <float[4,3,1,1] w, float[4,4] v, float[4] u> {
              c = Conv (x, w)
              p = GlobalMaxPool (c)
              f = Flatten (p)
              y = Gemm (f, v, u)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>w", "w>max_pool", "max_pool>v", "v>u");
    assertThat(graph.graph().nodes().get(2).shape()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GlobalAveragePool", "GlobalMaxPool"})
  void squeezeExciteIsGatedAndWhatItSqueezesWithIsNoPooling(String pooling) {
    String text =
        """
        g (float[N,4,8,8] x) => (float y)
        <float[4,4,1,1] w, float[2,4,1,1] f1, float[2] b1, float[4,2,1,1] f2, float[4] b2, float[4,4,1,1] z> {
          c = Conv (x, w)
          sig = Sigmoid (c)
          act = Mul (c, sig)
          m = $ (act)
          h = Conv (m, f1, b1)
          r = Relu (h)
          k = Conv (r, f2, b2)
          g = HardSigmoid (k)
          o = Mul (g, act)
          y = Conv (o, z)
        }
        """;
    ImportedGraph graph = imported(text.replace("$", pooling));
    assertThat(edges(graph.graph()))
        .containsExactlyInAnyOrder(
            "input>w", "w>f1", "f1>b1", "b1>f2", "f2>b2", "b2>cse", "w>cse", "cse>z");
  }

  @Test
  void layerNormInPieces() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,7,4] x) => (float y)
            <float[4,6] w, float[6] b, float two = {2}, float eps = {0.00001}, float[6] s, float[6] t, float[6,3] v, float[3] u> {
              l = MatMul (x, w)
              h = Add (l, b)
              m = ReduceMean <axes = [-1]> (h)
              d = Sub (h, m)
              q = Pow (d, two)
              e = ReduceMean <axes = [-1]> (q)
              f = Add (e, eps)
              r = Sqrt (f)
              n = Div (d, r)
              k = Mul (n, s)
              o = Add (k, t)
              p = MatMul (o, v)
              y = Add (p, u)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>w", "w>b", "b>s", "s>v", "v>u");
    assertThat(graph.graph().nodes().get(3).primitive().label()).isEqualTo("ln");
    assertThat(parameter(graph, "t").role()).isEqualTo(Role.NORM_BIAS);
    assertThat(parameter(graph, "t").slots()).hasSize(1);
  }

  @Test
  void branchesOfIfMeetWhereItStands() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,2,4,4] x, bool c) => (float y) <float[2,2,1,1] a, float[2,2,1,1] z> {
              p = Conv (x, a)
              i = If <then_branch = t () => (float u) <float[2,2,1,1] b> { u = Conv (p, b) },
                      else_branch = e () => (float v) { v = Relu (p) }> (c)
              y = Conv (i, z)
            }
            """);
    assertThat(edges(graph.graph())).containsExactlyInAnyOrder("input>a", "a>b", "a>z", "b>z");
  }

  @Test
  void convolutionsOfOtherRanksGetNoNodeButLetDataThrough() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,2,9] x) => (float y) <float[4,2,3] w1, float[4] b1, float[4,5] t, float[5] u> {
              c = Conv (x, w1, b1)
              m = ReduceMean <axes = [2], keepdims = 0> (c)
              l = MatMul (m, t)
              y = Add (l, u)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>t", "t>u");
    assertThat(parameter(graph, "w1").slots()).isEmpty();
    assertThat(parameter(graph, "w1").role()).isEqualTo(Role.WEIGHT);
    assertThat(graph.findings()).extracting(Finding::code).containsExactly("OG-251", "OG-251");
  }

  @Test
  void aLinearWithoutBiasIsASideBranchForTheReferenceOnly() {
    String text =
        """
        g (float[N,2,4,4] x) => (float y) <float[3,2,1,1] a, float[3,5] w, float[5,4] v, float[4] b> {
          c = Conv (x, a)
          p = GlobalAveragePool (c)
          f = Flatten (p)
          h = MatMul (f, w)
          k = Gemm (h, v, b)
          y = Relu (k)
        }
        """;
    assertThat(edges(imported(text).graph()))
        .containsExactlyInAnyOrder("input>a", "input>w", "a>glob_avg", "glob_avg>v", "w>v", "v>b");
    assertThat(
            edges(
                GraphImporter.importGraph(GraphText.model(text), GraphConvention.NATURAL).graph()))
        .containsExactly("input>a", "a>glob_avg", "glob_avg>w", "w>v", "v>b");
  }

  @Test
  void aSharedWeightIsPredictedAtItsFirstUse() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,2,4,4] x) => (float y) <float[2,2,1,1] w> {
              a = Conv (x, w)
              y = Conv (a, w)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>w", "w>conv");
    assertThat(graph.graph().nodes().get(2).slots()).isEmpty();
    assertThat(graph.findings()).extracting(Finding::code).containsExactly("OG-256");
  }

  @Test
  void anUnknownOperatorIsReportedByDomainAndName() {
    ImportedGraph graph =
        imported(
            """
            <opset_import: ["" : 17, "my.domain" : 1]>
            g (float[N,2,4,4] x) => (float y) <float[2,2,1,1] w> {
              a = my.domain.Magic (x)
              y = Conv (a, w)
            }
            """);
    assertThat(graph.findings()).hasSize(1);
    assertThat(graph.findings().get(0).message()).contains("my.domain::Magic");
    assertThat(graph.findings().get(0).node()).isEqualTo("a");
  }

  @Test
  void aGraphTooLargeForAttentionIsRefused() {
    StringBuilder text =
        new StringBuilder("g (float[N,1,4,4] x) => (float y0) <float[1,1,1,1] w> {\n");
    int n = ComputationalGraph.MAX_NODES;
    for (int i = n; i > 0; i--) {
      text.append("y")
          .append(i - 1)
          .append(" = Conv (")
          .append(i == n ? "x" : "y" + i)
          .append(", w)\n");
    }
    assertThatThrownBy(() -> imported(text.append("}").toString()))
        .isInstanceOfSatisfying(OnnxException.class, e -> assertThat(e.code()).isEqualTo("OG-203"));
  }
}
