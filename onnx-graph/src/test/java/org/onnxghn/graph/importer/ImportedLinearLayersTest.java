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
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.Shape;

/**
 * The forms in which exporters and optimisers write Linear layers, and the ways of their weights.
 */
class ImportedLinearLayersTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "h = MatMul (x, w)\n y = Add (h, b)",
        "y = Gemm (x, w, b)",
        "h = Einsum <equation = \"bi,io->bo\"> (x, w)\n y = Add (b, h)",
        "i = Identity (w)\n k = Cast <to = 1> (i)\n h = MatMul (x, k)\n y = Add (h, b)",
        "h = MatMul (x, w)\n r = Reshape (h, s)\n y = Add (r, b)",
        "h = com.microsoft.FusedMatMul (x, w)\n y = Add (h, b)",
        "h = com.microsoft.TransposeMatMul (x, w)\n y = Add (h, b)",
        "h = com.microsoft.FusedMatMul <transA = 1> (w, x)\n y = Add (h, b)",
        "y = com.microsoft.GemmFastGelu (x, w, b)",
        "y = com.microsoft.FusedGemm <activation = \"Relu\"> (x, w, b)"
      })
  void linearStoredInByOutIsTransposed(String nodes) {
    ImportedGraph graph =
        imported(
            "<opset_import: [\"\" : 17, \"com.microsoft\" : 1]>"
                + "g (float[N,3] x) => (float[N,5] y) <float[3,5] w, float[5] b, int64[2] s = {-1, 5}> {"
                + nodes
                + "}");
    assertThat(edges(graph.graph())).containsExactly("input>w", "w>b");
    assertThat(parameter(graph, "w").slots().get(0).shape()).isEqualTo(Shape.of(5, 3));
    assertThat(parameter(graph, "w").slots().get(0).layout().steps())
        .containsExactly(new Layout.Permute(List.of(1, 0)));
    assertThat(parameter(graph, "b").role()).isEqualTo(Role.BIAS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "t = Transpose <perm = [1,0]> (w)\n h = MatMul (x, t)\n y = Add (h, b)",
        "y = Gemm <transB = 1> (x, w, b)",
        "h = Einsum <equation = \"bi,oi->bo\"> (x, w)\n y = Add (h, b)"
      })
  void linearStoredOutByInStaysAsItIs(String nodes) {
    ImportedGraph graph =
        imported("g (float[N,3] x) => (float[N,5] y) <float[5,3] w, float[5] b> {" + nodes + "}");
    Layout layout = parameter(graph, "w").slots().get(0).layout();
    float[] values = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
    assertThat(layout.storedShape(Shape.of(5, 3))).isEqualTo(Shape.of(5, 3));
    assertThat(layout.toStored(values, Shape.of(5, 3))).isEqualTo(values);
  }

  /** Keras' EinsumDense: heads and their width are outputs of one layer, and inputs of the next. */
  @Test
  void einsumWithSeveralIndicesOfOutputsOrInputs() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,4,6] x) => (float y) <float[6,2,3] q, float[2,3] qb, float[2,3,5] o, float[5] ob> {
              h = Einsum <equation = "abc,cde->abde"> (x, q)
              i = Add (h, qb)
              j = Einsum <equation = "abcd,cde->abe"> (i, o)
              y = Add (j, ob)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>q", "q>qb", "qb>o", "o>ob");
    assertThat(parameter(graph, "q").slots().get(0).shape()).isEqualTo(Shape.of(6, 6));
    assertThat(parameter(graph, "o").slots().get(0).shape()).isEqualTo(Shape.of(5, 6));
    assertThat(parameter(graph, "qb").role()).isEqualTo(Role.BIAS);
    assertThat(parameter(graph, "qb").slots().get(0).layout().storedShape(Shape.of(6)))
        .isEqualTo(Shape.of(2, 3));
    // out x in, transposed: row 0 of the prediction is column 0 of the stored matrix.
    float[] rows = new float[30];
    rows[1] = 7;
    assertThat(parameter(graph, "o").slots().get(0).layout().toStored(rows, Shape.of(5, 6))[5])
        .isEqualTo(7);
  }

  @Test
  void anEinsumOfWhichNoMatrixCanBeMadeIsNoNode() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,2,3] x) => (float y) <float[2,3,4] w> {
              y = Einsum <equation = "bgi,gio->bgo"> (x, w)
            }
            """);
    assertThat(edges(graph.graph())).isEmpty();
    assertThat(parameter(graph, "w").role()).isEqualTo(Role.WEIGHT);
  }

  /**
   * A recurrent cell in pieces (PyTorch's scripted LSTM): two biases after the sum of two layers.
   */
  @Test
  void biasesMayFollowTheSumOfTwoLayers() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,3] x, float[N,4] h) => (float y)
            <float[8,3] wi, float[8,4] wh, float[8] bi, float[8] bh, float[2,8] v, float[2] u> {
              a = Gemm <transB = 1, beta = 0.0> (x, wi)
              b = Gemm <transB = 1, beta = 0.0> (h, wh)
              c = Add (a, b)
              d = Add (c, bi)
              e = Add (d, bh)
              f = Sigmoid (e)
              y = Gemm <transB = 1> (f, v, u)
            }
            """);
    assertThat(edges(graph.graph()))
        .containsExactlyInAnyOrder(
            "input>wi", "input>wh", "wi>sum", "wh>sum", "sum>bi", "bi>bh", "bh>v", "v>u");
    assertThat(graph.findings()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Equalised learning rate.
        "u = Mul (w, gain)",
        // Weight normalisation: the direction is the weight, the length is a factor.
        "n = ReduceL2 <axes = [1,2,3]> (w)\n d = Div (w, n)\n u = Mul (d, length)",
        // Weight standardisation.
        """
        m = ReduceMean <axes = [1,2,3]> (w)
        d = Sub (w, m)
        q = Mul (d, d)
        v = ReduceMean <axes = [1,2,3]> (q)
        e = Add (v, eps)
        r = Sqrt (e)
        u = Div (d, r)
        """
      })
  void weightsMayBeNormalisedBeforeTheLayer(String nodes) {
    ImportedGraph graph =
        imported(
            """
            g (float[N,2,4,4] x) => (float y)
            <float[3,2,1,1] w, float[3,1,1,1] length, float gain = {0.5}, float eps = {0.00001}, float[3] b> {
            """
                + nodes
                + "\n y = Conv (x, u, b)\n}");
    assertThat(edges(graph.graph())).containsExactly("input>w", "w>b");
    assertThat(parameter(graph, "w").role()).isEqualTo(Role.WEIGHT);
    assertThat(parameter(graph, "w").slots()).hasSize(1);
  }

  /**
   * Two tensors of one size are multiplied: a mask of pruning and a weight cannot be told apart.
   */
  @Test
  void aProductOfEqualTensorsIsNoWeight() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,2,4,4] x) => (float y) <float[3,2,1,1] mask, float[3,2,1,1] w> {
              u = Mul (mask, w)
              y = Conv (x, u)
            }
            """);
    assertThat(graph.parameters())
        .hasSize(2)
        .allSatisfy(p -> assertThat(p.role()).isEqualTo(Role.UNKNOWN));
  }

  @Test
  void aTableThatStandsForDataIsNotAWeight() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,3,3] x) => (float y) <float[3,2] table, float[2,3] w> {
              p = MatMul (table, w)
              y = Add (x, p)
            }
            """);
    assertThat(parameter(graph, "w").role()).isEqualTo(Role.WEIGHT);
    assertThat(parameter(graph, "table").role()).isEqualTo(Role.UNKNOWN);
  }

  /** PyTorch's exporter stores equal initializers once, and copies them by Identity. */
  @Test
  void equalInitializersSharedThroughIdentityAreTensorsOfTheirOwn() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,3,8,8] x) => (float y)
            <float[4,3,1,1] w, float[4] s, float[4] b, float[4] m, float[4] v, float[4,4,1,1] z> {
              s2 = Identity (s)
              b2 = Identity (b)
              c = Conv (x, w)
              n = BatchNormalization (c, s, b, m, v)
              d = Conv (n, z)
              y = BatchNormalization (d, s2, b2, m, v)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>w", "w>s", "s>z", "z>s2");
    assertThat(graph.parameters())
        .filteredOn(p -> p.role() == Role.NORM_WEIGHT || p.role() == Role.NORM_BIAS)
        .extracting(Parameter::name)
        .containsExactly("s", "b", "s2", "b2");
    assertThat(graph.findings()).isEmpty();
  }

  @Test
  void weightsInConstantNodes() {
    ImportedGraph graph =
        imported(
            """
            g (float[N,3] x) => (float y) {
              flat = Constant <value_floats = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]> ()
              shape = Constant <value_ints = [2, 3]> ()
              w = Reshape (flat, shape)
              b = Constant <value_floats = [1.0, 2.0]> ()
              y = Gemm <transB = 1> (x, w, b)
            }
            """);
    assertThat(edges(graph.graph())).containsExactly("input>flat", "flat>b");
    assertThat(parameter(graph, "flat").slots().get(0).shape()).isEqualTo(Shape.of(2, 3));
  }
}
