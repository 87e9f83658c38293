package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.onnxghn.GraphText;
import org.onnxghn.onnx.OnnxException;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.FunctionProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;

/** Functions and subgraphs: nodes in any order, and what small files can make of them. */
class ResolveTest {
  /** Longer than any of these takes on a busy machine, and far shorter than they took. */
  private static final Duration QUICK = Duration.ofSeconds(30);

  @Test
  void resultsOfFunctionsMayBeReadBeforeTheirCalls() {
    String sorted =
        """
        h = local.layer (x, a)
        k = local.layer (h, b)
        y = Conv (k, z)
        """;
    String reversed =
        """
        y = Conv (k, z)
        k = local.layer (h, b)
        h = local.layer (x, a)
        """;
    assertThat(edges(sorted)).containsExactly("input>a", "a>b", "b>z");
    assertThat(edges(reversed)).containsExactly("input>a", "a>b", "b>z");
  }

  @Test
  void whatAFunctionHandsOnMayBeReadBeforeItIsComputed() {
    String nodes =
        """
        y = Conv (k, z)
        k = local.same (h)
        h = local.same (p)
        p = Conv (x, a)
        """;
    assertThat(edges(nodes)).containsExactly("input>a", "a>z");
  }

  @Test
  void aFunctionsOwnNodesMayBeUnsorted() {
    String nodes =
        """
        h = local.unsorted (x, a, b)
        y = Conv (h, z)
        """;
    assertThat(edges(nodes)).containsExactly("input>a", "a>b", "b>z");
  }

  @Test
  void resultsOfLoopsMayBeReadBeforeThem() {
    String nodes =
        """
        y = Conv (l, z)
        l = Loop <body = t (int64 i, bool ci, float s) => (bool co, float u) {
              u = Conv (s, b)
              co = Identity (ci)
            }> (n, c, p)
        p = Conv (x, a)
        """;
    assertThat(edges(nodes)).containsExactly("input>a", "a>b", "b>z");
  }

  @Test
  void aBranchReadsWhatIsDefinedAfterIt() {
    String nodes =
        """
        y = Conv (i, z)
        i = If <then_branch = t () => (float u) { u = Conv (p, b) },
                else_branch = e () => (float v) { v = Relu (p) }> (c)
        p = Conv (x, a)
        """;
    assertThat(edges(nodes)).containsExactlyInAnyOrder("input>a", "a>b", "a>z", "b>z");
  }

  /** The name belongs to the branch in between, which has not come to it yet. */
  @Test
  void aBranchInABranchReadsWhatIsDefinedAfterItInTheOuterOne() {
    String nodes =
        """
        i = If <then_branch = t () => (float u) {
                  u = If <then_branch = s () => (float w) { w = Conv (q, b) },
                          else_branch = r () => (float v) { v = Relu (q) }> (c)
                  q = local.layer (p, d)
                },
                else_branch = e () => (float o) { o = Relu (p) }> (c)
        y = Conv (i, z)
        p = Conv (x, a)
        """;
    assertThat(edges(nodes))
        .containsExactlyInAnyOrder("input>a", "a>d", "d>b", "a>z", "d>z", "b>z");
  }

  @Test
  void functionsWithoutNodesCannotBeCalledForever() {
    assertTimeoutPreemptively(QUICK, () -> assertRefused(chain(20, 10), "OG-202"));
  }

  @Test
  void norCanOperatorsWithManyInputsBeMultiplied() {
    NodeProto wide =
        NodeProto.newBuilder()
            .setOpType("Sum")
            .addAllInput(Collections.nCopies(5_000, "v0"))
            .addOutput("sum")
            .build();
    assertTimeoutPreemptively(QUICK, () -> assertRefused(chain(6, 10, wide), "OG-202"));
  }

  @Test
  void norCanListsThatOperatorsLookAt() {
    NodeProto.Builder listing =
        NodeProto.newBuilder().setOpType("Transpose").addInput("v0").addOutput("moved");
    AttributeProto.Builder perm = listing.addAttributeBuilder().setName("perm");
    perm.setType(AttributeProto.AttributeType.INTS).addAllInts(Collections.nCopies(100_000, 1L));
    assertTimeoutPreemptively(QUICK, () -> assertRefused(chain(6, 10, listing.build()), "OG-202"));
  }

  @Test
  void functionsThatCallEachOtherAreNoRecursion() {
    assertThat(edges(chain(63, 1))).containsExactly("input>w");
  }

  @Test
  void norAreSeveralCallsOfOneFunction() {
    assertThat(edges(chain(4, 3))).containsExactly("input>w");
  }

  private static void assertRefused(OnnxModel model, String code) {
    assertThatThrownBy(() -> GraphImporter.importGraph(model))
        .isInstanceOfSatisfying(OnnxException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  private static List<String> edges(String nodes) {
    String graph =
        """
        <opset_import: ["" : 17, "local" : 1]>
        g (float[N,2,4,4] x, int64 n, bool c) => (float y)
        <float[2,2,1,1] a, float[2,2,1,1] b, float[2,2,1,1] d, float[2,2,1,1] z> {
        """;
    String layer = "layer (float v, float w) => (float r) { c = Conv (v, w) r = Relu (c) }";
    String unsorted =
        """
        unsorted (float v, float w, float u) => (float r) {
          r = Conv (s, u)
          s = local.layer (v, w)
        }
        """;
    String same = "same (float v) => (float v) { }";
    ModelProto.Builder model = GraphText.proto(graph + nodes + "}").toBuilder();
    for (String function : List.of(layer, unsorted, same)) {
      model.addFunctions(function(function));
    }
    return edges(OnnxModel.of(model.build()));
  }

  private static List<String> edges(OnnxModel model) {
    return GraphEdges.edges(GraphImporter.importGraph(model).graph());
  }

  /** A function of the domain {@code local}, written as a graph. */
  private static FunctionProto.Builder function(String text) {
    GraphProto graph = GraphText.proto(text).getGraph();
    FunctionProto.Builder function =
        FunctionProto.newBuilder()
            .setDomain("local")
            .setName(graph.getName())
            .addAllNode(graph.getNodeList());
    graph.getInputList().forEach(input -> function.addInput(input.getName()));
    graph.getOutputList().forEach(output -> function.addOutput(output.getName()));
    return function;
  }

  /**
   * A model that calls the first of some functions, each of which calls the next one several times,
   * one call behind the other. The last one returns its input, or the result of the node.
   */
  private static OnnxModel chain(int length, int calls, NodeProto... last) {
    String graph =
        """
        <opset_import: ["" : 17, "local" : 1]>
        g (float[N,2,4,4] x) => (float y) <float[3,2,1,1] w> {
          h = local.f0 (x)
          y = Conv (h, w)
        }
        """;
    ModelProto.Builder model = GraphText.proto(graph).toBuilder();
    for (int f = 0; f < length - 1; f++) {
      FunctionProto.Builder function = model.addFunctionsBuilder();
      function.setDomain("local").setName("f" + f).addInput("v0").addOutput("v" + calls);
      for (int call = 0; call < calls; call++) {
        function
            .addNodeBuilder()
            .setDomain("local")
            .setOpType("f" + (f + 1))
            .addInput("v" + call)
            .addOutput("v" + (call + 1));
      }
    }
    model
        .addFunctionsBuilder()
        .setDomain("local")
        .setName("f" + (length - 1))
        .addInput("v0")
        .addAllNode(List.of(last))
        .addOutput(last.length == 0 ? "v0" : last[0].getOutput(0));
    return OnnxModel.of(model.build());
  }
}
