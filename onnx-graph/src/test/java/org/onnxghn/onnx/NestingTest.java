package org.onnxghn.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.onnxghn.onnx.TestModels.attribute;
import static org.onnxghn.onnx.TestModels.model;
import static org.onnxghn.onnx.TestModels.node;
import static org.onnxghn.onnx.TestModels.value;

import org.junit.jupiter.api.Test;
import org.onnxghn.onnx.proto.FunctionProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;

class NestingTest {
  /** The main graph calls f0, f0 calls f1 and so on; the last one does something else. */
  private static ModelProto.Builder calls(
      int functions, boolean inBranches, NodeProto.Builder last) {
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInput(value("x", 3))
            .addInput(value("c"))
            .addNode(call(0, "y"))
            .addOutput(value("y", 3));
    ModelProto.Builder model = model(graph).toBuilder();
    for (int i = 0; i < functions; i++) {
      NodeProto.Builder inner = i == functions - 1 ? last : call(i + 1, "r");
      model.addFunctions(
          FunctionProto.newBuilder()
              .setDomain("f")
              .setName("f" + i)
              .addInput("x")
              .addInput("c")
              .addNode(inBranches ? branches(inner) : inner)
              .addOutput("r"));
    }
    return model;
  }

  private static NodeProto.Builder call(int function, String output) {
    return node("f" + function, output, "x", "c").setDomain("f");
  }

  private static NodeProto.Builder branches(NodeProto.Builder node) {
    GraphProto.Builder branch =
        GraphProto.newBuilder().addNode(node.clone().setOutput(0, "b")).addOutput(value("b", 3));
    return node("If", "r", "c")
        .addAttribute(attribute("then_branch", branch))
        .addAttribute(attribute("else_branch", branch.clone()));
  }

  private static void assertRefused(ModelProto.Builder model, String code, String words) {
    assertThatThrownBy(() -> OnnxModel.of(model.build()))
        .hasMessageContaining(words)
        .isInstanceOfSatisfying(OnnxException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void functionsMayCallEachOther() {
    assertThatCode(() -> OnnxModel.of(calls(63, false, node("Relu", "r", "x")).build()))
        .doesNotThrowAnyException();
    assertThatCode(() -> OnnxModel.of(calls(31, true, node("Relu", "r", "x")).build()))
        .doesNotThrowAnyException();
  }

  @Test
  void butNotDeeperThanTheLimit() {
    assertRefused(calls(64, false, node("Relu", "r", "x")), "OG-103", "64 levels");
    assertRefused(calls(32, true, node("Relu", "r", "x")), "OG-103", "64 levels");
    assertRefused(calls(100_000, false, node("Relu", "r", "x")), "OG-103", "64 levels");
  }

  @Test
  void norInACircle() {
    assertRefused(calls(3, false, call(1, "r")), "OG-110", "calls itself");
    assertRefused(calls(1, true, call(0, "r")), "OG-110", "calls itself");
  }
}
