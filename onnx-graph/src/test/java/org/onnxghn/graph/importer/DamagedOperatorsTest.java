package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.onnxghn.graph.importer.GraphEdges.edges;
import static org.onnxghn.graph.importer.GraphEdges.imported;
import static org.onnxghn.graph.importer.GraphEdges.parameter;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.GraphText;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;

/** Attributes, operands and outputs that no exporter writes: what cannot be is not seen. */
class DamagedOperatorsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "p = MaxPool <kernel_shape = [4294967296, 4294967296]> (c)",
        "p = com.microsoft.nchwc.MaxPool <kernel_shape = [-1, 2]> (c)",
        "p = com.microsoft.nchwc.MaxPool <kernel_shape = [-1]> (c)"
      })
  void windowsThatCannotBeHaveNoShape(String pooling) {
    ImportedGraph graph =
        imported(
            """
            <opset_import: ["" : 17, "com.microsoft.nchwc" : 1]>
            g (float[N,2,8,8] x) => (float y) <float[4,2,1,1] w, float[3,4,1,1] z> {
              c = Conv (x, w)
            """
                + pooling
                + "\n y = Conv (p, z)\n}");
    assertThat(edges(graph.graph())).containsExactly("input>w", "w>max_pool", "max_pool>z");
    assertThat(graph.graph().nodes().get(2).shape()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "int64[2] s = {-1, -1}",
        "int64[3] s = {-1, 0, -1}",
        "int64[2] s = {4, 4611686018427387904}",
        "int64[3] s = {4, 4611686018427387904, -1}"
      })
  void shapesThatCannotBeAreNotTraced(String shape) {
    ImportedGraph graph =
        imported(
            "g (float[N,4] x) => (float y) <float[4,4] w, "
                + shape
                + "> {\n r = Reshape (w, s)\n y = MatMul (x, r)\n}");
    assertThat(parameter(graph, "w").role()).isEqualTo(Role.WEIGHT);
    assertThat(parameter(graph, "w").slots()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a, b = Split <axis = 0, split = [1, 9223372036854775807]> (w)",
        "a, b = Split <axis = 0> (w, sizes)"
      })
  void partsBeyondTheEndAreNotTraced(String split) {
    ImportedGraph graph =
        imported(
            """
            g (float[N,1] x) => (float y) <float[4,4] w, int64[2] sizes = {1, 9223372036854775807}> {
            """
                + split
                + "\n h = MatMul (x, a)\n y = MatMul (h, b)\n}");
    assertThat(parameter(graph, "w").role()).isEqualTo(Role.WEIGHT);
    assertThat(parameter(graph, "w").slots()).isEmpty();
  }

  /** The last of the nodes loses its output, or the output its name. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "none = MatMul (h, k)",
        "none = Add (h, table)",
        "none = Mul (h, s)",
        "none = Sub (h, s)",
        "none = InstanceNormalization (h, s, t)",
        "none = Concat <axis = 1> (token, h)",
        "a = Mul (h, s)\n none = Dropout (a)",
        "a = Neg (s)\n none = Exp (a)",
        "a = MatMul (h, k)\n none = Reshape (a, shape)",
        "a = Transpose <perm = [0,2,1]> (h)\n l = MatMul (h, a)\n none = Softmax (l)",
        """
        a = ReduceMean <axes = [-1]> (h)
        d = Sub (h, a)
        q = Mul (d, d)
        e = ReduceMean <axes = [-1]> (q)
        f = Add (e, eps)
        r = Sqrt (f)
        none = Div (d, r)
        """
      })
  void withoutItsFirstOutputAnOperatorIsNoLayer(String nodes) {
    ModelProto model =
        GraphText.proto(
            """
            g (float[N,3,4] x) => (float y)
            <float[4,4] w, float[4] b, float[4,4] k, float[4] s, float[4] t, float[3,4] table, float[1,1,4] token,
             int64[2] shape = {-1, 4}, float eps = {0.1}, float[4,2] z, float[2] u> {
              h0 = MatMul (x, w)
              h = Add (h0, b)
            """
                + nodes
                + "\n y0 = MatMul (h, z)\n y = Add (y0, u)\n}");
    for (boolean unnamed : new boolean[] {true, false}) {
      ModelProto.Builder damaged = model.toBuilder();
      for (NodeProto.Builder node : damaged.getGraphBuilder().getNodeBuilderList()) {
        if (node.getOutput(0).equals("none")) {
          node.clearOutput();
          if (unnamed) {
            node.addOutput("");
          }
        }
      }
      ImportedGraph graph = GraphImporter.importGraph(OnnxModel.of(damaged.build()));
      assertThat(edges(graph.graph())).contains("input>w", "w>b", "b>z", "z>u");
      assertThat(edges(graph.graph())).noneMatch(edge -> edge.endsWith(">sum"));
    }
  }
}
