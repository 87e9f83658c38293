package org.onnxghn.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.onnxghn.onnx.TestModels.attribute;
import static org.onnxghn.onnx.TestModels.external;
import static org.onnxghn.onnx.TestModels.ints;
import static org.onnxghn.onnx.TestModels.node;
import static org.onnxghn.onnx.TestModels.value;
import static org.onnxghn.onnx.TestModels.vector;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.FunctionProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.OperatorSetIdProto;
import org.onnxghn.onnx.proto.TensorProto;

/** What is checked in places where no tensor of the model is looked for. */
class ModelValidatorTest {
  /** A model with a function that has an attribute with this default. */
  private static ModelProto model(AttributeProto standard) {
    FunctionProto function =
        FunctionProto.newBuilder()
            .setDomain("local")
            .setName("F")
            .addInput("a")
            .addOutput("b")
            .addAttributeProto(standard)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
            .addNode(node("Relu", "b", "a"))
            .build();
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInput(value("x", 3))
            .addOutput(value("y", 3))
            .addNode(node("F", "y", "x").setDomain("local"));
    return TestModels.model(graph).toBuilder().addFunctions(function).build();
  }

  @Test
  void defaultsOfAFunctionsAttributesAreChecked() {
    TensorProto bad = external("w", "w.bin", -1);
    GraphProto.Builder inner = GraphProto.newBuilder().addInitializer(bad);
    for (AttributeProto standard : List.of(attribute("scale", bad), attribute("scale", inner))) {
      assertThatThrownBy(() -> OnnxModel.of(model(standard)))
          .hasMessageContaining("the default of attribute \"scale\" in function local:F")
          .extracting(e -> ((OnnxException) e).code())
          .isEqualTo("OG-106");
    }
  }

  @Test
  void soundDefaultsAreKept() {
    ModelProto sound = model(attribute("scale", vector("", 1, 2, 3)));
    assertThat(OnnxModel.of(sound).toProto()).isEqualTo(sound);
  }

  @Test
  void attributesByTheThousandAreRefused() {
    NodeProto.Builder relu = node("Relu", "y", "x");
    for (int i = 0; i < 1025; i++) {
      relu.addAttribute(ints("a" + i, i));
    }
    assertOverLimit(relu);
  }

  @Test
  void namesOfOperatorsMayNotBeOfAnyLength() {
    String name = "n".repeat(ModelLimits.DEFAULT.nameBytes() + 1);
    assertOverLimit(node(name, "y", "x"));
    assertOverLimit(node("Relu", "y", "x").setDomain(name));
    assertOverLimit(node("Relu", "y", "x").setName(name));
  }

  private static void assertOverLimit(NodeProto.Builder node) {
    GraphProto.Builder graph =
        GraphProto.newBuilder().addInput(value("x", 3)).addOutput(value("y", 3)).addNode(node);
    assertThatThrownBy(() -> OnnxModel.of(TestModels.model(graph)))
        .isInstanceOfSatisfying(OnnxException.class, e -> assertThat(e.code()).isEqualTo("OG-103"));
  }
}
