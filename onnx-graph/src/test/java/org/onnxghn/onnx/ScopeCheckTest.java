package org.onnxghn.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.onnxghn.onnx.TestModels.attribute;
import static org.onnxghn.onnx.TestModels.model;
import static org.onnxghn.onnx.TestModels.node;
import static org.onnxghn.onnx.TestModels.value;

import org.junit.jupiter.api.Test;
import org.onnxghn.onnx.proto.GraphProto;

class ScopeCheckTest {
  private static GraphProto.Builder main() {
    return GraphProto.newBuilder()
        .addInput(value("x", 3))
        .addInput(value("c"))
        .addOutput(value("y", 3));
  }

  /** A branch that gives Relu of a value of somewhere else. */
  private static GraphProto.Builder branch(String outer) {
    return GraphProto.newBuilder().addNode(node("Relu", "r", outer)).addOutput(value("r", 3));
  }

  @Test
  void nodesNeedNotBeInOrder() {
    GraphProto.Builder graph =
        main()
            .addNode(node("Relu", "y", "b"))
            .addNode(node("Relu", "b", "a"))
            .addNode(node("Relu", "a", "x"));
    assertThatCode(() -> OnnxModel.of(model(graph))).doesNotThrowAnyException();
  }

  @Test
  void subgraphsSeeWhatIsOutside() {
    GraphProto.Builder inner =
        GraphProto.newBuilder()
            .addNode(
                node("If", "r", "c")
                    .addAttribute(attribute("then_branch", branch("a")))
                    .addAttribute(attribute("else_branch", branch("x"))))
            .addOutput(value("r", 3));
    GraphProto.Builder graph =
        main()
            .addNode(node("Relu", "a", "x"))
            .addNode(
                node("If", "y", "c")
                    .addAttribute(attribute("then_branch", inner))
                    .addAttribute(attribute("else_branch", branch("a"))));
    assertThatCode(() -> OnnxModel.of(model(graph))).doesNotThrowAnyException();
  }

  @Test
  void butNotWhatIsInTheirSiblings() {
    GraphProto.Builder graph =
        main()
            .addNode(
                node("If", "y", "c")
                    .setName("choice")
                    .addAttribute(attribute("then_branch", branch("x")))
                    .addAttribute(
                        attribute(
                            "else_branch",
                            GraphProto.newBuilder()
                                .addNode(node("Relu", "q", "r"))
                                .addOutput(value("q", 3)))));
    assertThatThrownBy(() -> OnnxModel.of(model(graph)))
        .hasMessage(
            "\"r\", an input of node \"q\" (Relu) in choice.else_branch, is defined nowhere")
        .extracting(error -> ((OnnxException) error).code())
        .isEqualTo("OG-109");
  }

  @Test
  void aSubgraphThatTakesItsOwnNodesOutputIsACycle() {
    GraphProto.Builder graph =
        main()
            .addNode(
                node("If", "y", "c")
                    .addAttribute(attribute("then_branch", branch("after")))
                    .addAttribute(attribute("else_branch", branch("x"))))
            .addNode(node("Relu", "after", "y"));
    assertThatThrownBy(() -> OnnxModel.of(model(graph)))
        .extracting(error -> ((OnnxException) error).code())
        .isEqualTo("OG-110");
  }

  @Test
  void deepNestingInMemoryIsRefusedWithoutRecursion() {
    GraphProto.Builder graph = branch("x");
    for (int level = 0; level < 3000; level++) {
      graph =
          GraphProto.newBuilder()
              .addNode(node("If", "r", "c").addAttribute(attribute("then_branch", graph)))
              .addOutput(value("r", 3));
    }
    GraphProto.Builder outer = graph.addInput(value("c")).addInput(value("x", 3));
    assertThatThrownBy(() -> OnnxModel.of(model(outer)))
        .hasMessageContaining("deeper than 64 levels");
    assertThat(ModelLimits.DEFAULT.depth()).isEqualTo(64);
  }
}
