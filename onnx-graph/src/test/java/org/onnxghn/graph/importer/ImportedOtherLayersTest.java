package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.onnxghn.graph.importer.GraphEdges.edges;
import static org.onnxghn.graph.importer.GraphEdges.imported;
import static org.onnxghn.graph.importer.GraphEdges.parameter;

import org.junit.jupiter.api.Test;
import org.onnxghn.SharedData;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.OnnxModel;

/**
 * Layers that the hypernetwork has no primitive for: they have roles, and data flows through them.
 */
class ImportedOtherLayersTest {
  @Test
  void recurrentLayers() {
    ImportedGraph graph =
        imported(
            """
            g (float[5,2,3] x) => (float y)
            <float[1,16,3] w, float[1,16,4] r, float[1,32] b, float[4,2] v, float[2] u> {
              a, h = LSTM <hidden_size = 4> (x, w, r, b)
              s = Squeeze (h)
              y = Gemm (s, v, u)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>v", "v>u");
    assertThat(parameter(graph, "w").role()).isEqualTo(Role.RECURRENT_INPUT_WEIGHT);
    assertThat(parameter(graph, "r").role()).isEqualTo(Role.RECURRENT_WEIGHT);
    assertThat(parameter(graph, "b").role()).isEqualTo(Role.RECURRENT_BIAS);
  }

  @Test
  void transposedConvolutionWithItsBiasAddedAndALearnedSlope() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,2,4,4] x) => (float y)
            <float[3,2,1,1] a, float[3,5,2,2] t, float[1,5,1,1] tb, float[5,1,1] slope, float[2,5,1,1] z> {
              c = Conv (x, a)
              d = ConvTranspose (c, t)
              e = Add (d, tb)
              f = PRelu (e, slope)
              y = Conv (f, z)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>a", "a>z");
    assertThat(parameter(graph, "t").role()).isEqualTo(Role.WEIGHT);
    assertThat(parameter(graph, "tb").role()).isEqualTo(Role.BIAS);
    assertThat(parameter(graph, "slope").role()).isEqualTo(Role.ACTIVATION_SLOPE);
  }

  /** GRU and RNN, one on the other, as PyTorch stacks them. */
  @Test
  void otherRecurrentLayers() {
    ImportedGraph graph =
        imported(
            """
            g (float[5,2,3] x) => (float y)
            <float[1,12,3] w, float[1,12,4] r, float[1,24] b, float[1,4,4] w2, float[1,4,4] r2, float[1,8] b2, float[4,2] v, float[2] u> {
              a = GRU <hidden_size = 4> (x, w, r, b)
              s = Squeeze <axes = [1]> (a)
              c, h = RNN <hidden_size = 4> (s, w2, r2, b2)
              t = Squeeze <axes = [0]> (h)
              y = Gemm (t, v, u)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>v", "v>u");
    assertThat(graph.parameters())
        .extracting(Parameter::role)
        .containsExactly(
            Role.RECURRENT_INPUT_WEIGHT,
            Role.RECURRENT_WEIGHT,
            Role.RECURRENT_BIAS,
            Role.RECURRENT_INPUT_WEIGHT,
            Role.RECURRENT_WEIGHT,
            Role.RECURRENT_BIAS,
            Role.WEIGHT,
            Role.BIAS);
  }

  @Test
  void scanBodiesBelongToTheGraph() {
    ImportedGraph graph =
        imported(
            """
            g (float[5,N,3] x, float[N,4] h0) => (float y) <float[6,4] v, float[6] u> {
              h, all = Scan <num_scan_inputs = 1, body = t (float[N,4] s, float[N,3] i) => (float[N,4] o, float[N,4] p) <float[3,4] wi, float[4,4] wh, float[4] b> {
                    a = MatMul (i, wi)
                    c = MatMul (s, wh)
                    d = Add (a, c)
                    e = Add (d, b)
                    o = Tanh (e)
                    p = Identity (o)
                  }> (h0, x)
              y = Gemm <transB = 1> (h, v, u)
            }
            """);
    assertThat(edges(graph.graph()))
        .containsExactlyInAnyOrder(
            "input>wi", "input>wh", "wi>sum", "wh>sum", "sum>b", "b>v", "v>u");
  }

  @Test
  void volumetricConvolutions() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,2,4,4,4] x) => (float y) <float[3,2,1,1,1] w, float[3] b, float[5,3] v, float[5] u> {
              c = Conv (x, w, b)
              p = GlobalAveragePool (c)
              f = Flatten (p)
              y = Gemm <transB = 1> (f, v, u)
            }
            """);
    assertThat(edges(graph.graph())).anyMatch(edge -> edge.equals("v>u"));
    assertThat(parameter(graph, "w").role()).isEqualTo(Role.WEIGHT);
    assertThat(parameter(graph, "w").slots()).isEmpty();
    assertThat(parameter(graph, "v").slots()).hasSize(1);
  }

  @Test
  void groupNormalisationInPieces() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,2,4,4] x) => (float y)
            <float[4,2,1,1] a, int64[3] s = {0, 2, -1}, float[2] ones = {1, 1}, float[2] zeros = {0, 0}, int64[4] back = {0, 4, 4, 4},
             float[4,1,1] gamma, float[4,1,1] beta, float[4,4,1,1] z> {
              c = Conv (x, a)
              r = Reshape (c, s)
              i = InstanceNormalization (r, ones, zeros)
              q = Reshape (i, back)
              m = Mul (q, gamma)
              n = Add (m, beta)
              y = Conv (n, z)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>a", "a>z");
    assertThat(parameter(graph, "gamma").role()).isEqualTo(Role.NORM_WEIGHT);
    assertThat(parameter(graph, "beta").role()).isEqualTo(Role.NORM_BIAS);
  }

  @Test
  void integerWeightsAreReportedAndKept() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,2,4,4] x) => (float y)
            <int8[3,2,1,1] w = {1,2,3,4,5,6}, float scale = {0.1}, float[3] b> {
              d = DequantizeLinear (w, scale)
              y = Conv (x, d, b)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>conv", "conv>b");
    assertThat(graph.findings()).extracting(Finding::code).containsExactly("OG-254");
  }

  @Test
  void embeddingsAreFedByTheInput() {
    ImportedGraph graph =
        imported(
            """
            g (int64[N,7] ids) => (float y) <float[30,4] table, float[4,2] w, float[2] b> {
              e = Gather (table, ids)
              h = MatMul (e, w)
              y = Add (h, b)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>table", "table>w", "w>b");
    assertThat(parameter(graph, "table").role()).isEqualTo(Role.EMBEDDING);
    assertThat(graph.graph().nodes().get(1).primitive().label()).isEqualTo("pos_enc");
  }

  @Test
  void loopBodiesBelongToTheGraph() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,2,4,4] x, int64 n, bool c) => (float y) <float[2,2,1,1] a, float[2,2,1,1] z> {
              p = Conv (x, a)
              l = Loop <body = t (int64 i, bool ci, float s) => (bool co, float u) <float[2,2,1,1] w> {
                    co = Identity (ci)
                    u = Conv (s, w)
                  }> (n, c, p)
              y = Conv (l, z)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>a", "a>w", "w>z");
  }

  @Test
  void functionsAreInlined() {
    ImportedGraph graph =
        GraphImporter.importGraph(
            OnnxModel.read(SharedData.path("hostile/local_function_ok.onnx")));
    assertThat(graph.parameters()).hasSize(2).allSatisfy(p -> assertThat(p.slots()).hasSize(1));
  }

  @Test
  void preprocessingConstantsAreNoParametersToReplace() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,3,4,4] x) => (float y) <float[3,1,1] mean, float[3,1,1] std, float[2,3,1,1] w> {
              c = Mul (x, std)
              d = Add (c, mean)
              y = Conv (d, w)
            }
            """);
    assertThat(graph.parameters())
        .filteredOn(p -> p.role() == Role.UNKNOWN)
        .extracting(Parameter::name)
        .containsExactly("std", "mean");
  }

  @Test
  void weightlessModelsTellParametersFromData() {
    ImportedGraph graph =
        imported(
            """
            g (float[2,3,4,4] x, float[2,3,4,4] other, float[2,3,1,1] w, float[2] b, float[1] alpha) => (float y) {
              c = Conv (x, w, b)
              d = Conv (other, w, b)
              e = Mul (c, alpha)
              y = Add (e, d)
            }
            """);
    assertThat(graph.parameters()).extracting(Parameter::name).containsExactly("w", "b", "alpha");
  }
}
