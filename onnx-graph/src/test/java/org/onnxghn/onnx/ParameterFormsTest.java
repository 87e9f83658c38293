package org.onnxghn.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.onnxghn.onnx.TestModels.attribute;
import static org.onnxghn.onnx.TestModels.longs;
import static org.onnxghn.onnx.TestModels.model;
import static org.onnxghn.onnx.TestModels.node;
import static org.onnxghn.onnx.TestModels.value;
import static org.onnxghn.onnx.TestModels.vector;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.onnx.StoredTensor.Form;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.FunctionProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.OperatorSetIdProto;
import org.onnxghn.onnx.proto.SparseTensorProto;
import org.onnxghn.onnx.proto.TensorProto;

/** What becomes of each form of parameter when it is given values. */
class ParameterFormsTest {
  private static final float[] NEW = {1, 2, 3};

  private static GraphProto.Builder addW(GraphProto.Builder graph) {
    return graph
        .addInput(value("x", 3))
        .addOutput(value("y", 3))
        .addNode(node("Add", "y", "x", "w"));
  }

  private static GraphProto changed(ModelProto model) {
    OnnxModel result = OnnxModel.of(model).withParameters(Map.of("w", NEW));
    assertThat(result.tensor("w").orElseThrow().floats()).isEqualTo(NEW);
    OnnxModel again = OnnxModel.of(result.toProto());
    assertThat(again.tensor("w").orElseThrow().floats()).isEqualTo(NEW);
    return again.proto().getGraph();
  }

  @Test
  void aGraphInputBecomesAnInitializer() {
    GraphProto graph = changed(model(addW(GraphProto.newBuilder().addInput(value("w", 3)))));
    assertThat(graph.getInputList()).containsExactly(value("x", 3));
    assertThat(graph.getInitializerList()).containsExactly(vector("w", NEW));
  }

  @Test
  void beforeIrVersion4ItStaysAnInputAsWell() {
    ModelProto old = model(3, addW(GraphProto.newBuilder().addInput(value("w", 3))));
    GraphProto graph = changed(old);
    assertThat(graph.getInputList()).containsExactly(value("w", 3), value("x", 3));
    assertThat(graph.getInitializerList()).containsExactly(vector("w", NEW));
  }

  @ParameterizedTest
  @CsvSource({"8, 1, 0", "3, 0, 1"})
  void aConstantOfShapeBecomesAnInitializerOrBeforeIrVersion4AConstant(
      int ir, int initializers, int constants) {
    NodeProto shape = node("Constant", "s").addAttribute(attribute("value", longs("", 3))).build();
    GraphProto.Builder before =
        GraphProto.newBuilder().addNode(shape).addNode(node("ConstantOfShape", "w", "s"));
    OnnxModel model = OnnxModel.of(model(ir, addW(before)));
    assertThat(model.tensor("w").orElseThrow().form()).isEqualTo(Form.CONSTANT_OF_SHAPE);
    assertThat(model.tensor("w").orElseThrow().floats()).containsExactly(0, 0, 0);
    GraphProto graph = changed(model.proto());
    assertThat(graph.getInitializerCount()).isEqualTo(initializers);
    assertThat(graph.getNodeList().stream().map(NodeProto::getOpType))
        .doesNotContain("ConstantOfShape");
    assertThat(graph.getNodeCount()).isEqualTo(2 + constants);
  }

  @Test
  void aSparseInitializerBecomesADenseOne() {
    SparseTensorProto sparse =
        SparseTensorProto.newBuilder()
            .setValues(vector("w", 5, 7))
            .setIndices(longs("", 0, 2))
            .addDims(3)
            .build();
    ModelProto before = model(addW(GraphProto.newBuilder().addSparseInitializer(sparse)));
    assertThat(OnnxModel.of(before).tensor("w").orElseThrow().floats()).containsExactly(5, 0, 7);
    GraphProto graph = changed(before);
    assertThat(graph.getSparseInitializerCount()).isZero();
    assertThat(graph.getInitializerList()).containsExactly(vector("w", NEW));
  }

  @Test
  void constantsKeepTheirAttribute() {
    AttributeProto floats =
        AttributeProto.newBuilder()
            .setName("value_floats")
            .setType(AttributeProto.AttributeType.FLOATS)
            .addFloats(0)
            .addFloats(0)
            .addFloats(0)
            .build();
    GraphProto graph =
        changed(
            model(
                addW(GraphProto.newBuilder().addNode(node("Constant", "w").addAttribute(floats)))));
    assertThat(graph.getNode(0).getAttribute(0).getFloatsList()).containsExactly(1f, 2f, 3f);

    TensorProto zeros = vector("inner", 0, 0, 0);
    GraphProto other =
        changed(
            model(
                addW(
                    GraphProto.newBuilder()
                        .addNode(node("Constant", "w").addAttribute(attribute("value", zeros))))));
    assertThat(other.getNode(0).getAttribute(0).getT()).isEqualTo(vector("inner", NEW));
  }

  @Test
  void siblingsWithTheSameNameAreToldApartByTheirPath() {
    GraphProto.Builder branch =
        GraphProto.newBuilder()
            .addInitializer(vector("w", 0, 0, 0))
            .addNode(node("Add", "r", "x", "w"))
            .addOutput(value("r", 3));
    ModelProto before =
        model(
            GraphProto.newBuilder()
                .addInput(value("x", 3))
                .addInput(value("c"))
                .addNode(
                    node("If", "y", "c")
                        .setName("choice")
                        .addAttribute(attribute("then_branch", branch))
                        .addAttribute(attribute("else_branch", branch)))
                .addOutput(value("y", 3)));
    OnnxModel model = OnnxModel.of(before);
    assertThat(model.tensors().stream().map(StoredTensor::name))
        .contains("w@choice.then_branch", "w@choice.else_branch");
    ModelProto after = model.withParameters(Map.of("w@choice.else_branch", NEW)).toProto();
    NodeProto node = after.getGraph().getNode(0);
    assertThat(node.getAttribute(0)).isEqualTo(before.getGraph().getNode(0).getAttribute(0));
    assertThat(node.getAttribute(1).getG().getInitializer(0)).isEqualTo(vector("w", NEW));
  }

  @Test
  void aFunctionsConstantCanBeSet() {
    FunctionProto function =
        FunctionProto.newBuilder()
            .setDomain("local")
            .setName("F")
            .addInput("a")
            .addOutput("b")
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
            .addNode(node("Constant", "s").addAttribute(attribute("value", longs("", 3))))
            .addNode(node("ConstantOfShape", "w", "s"))
            .addNode(node("Add", "b", "a", "w"))
            .build();
    ModelProto before =
        model(
                GraphProto.newBuilder()
                    .addInput(value("x", 3))
                    .addOutput(value("y", 3))
                    .addNode(node("F", "y", "x").setDomain("local")))
            .toBuilder()
            .addFunctions(function)
            .build();
    ModelProto after = OnnxModel.of(before).withParameters(Map.of("w", NEW)).toProto();
    NodeProto constant = after.getFunctions(0).getNode(1);
    assertThat(constant.getOpType()).isEqualTo("Constant");
    assertThat(OnnxModel.of(after).tensor("w").orElseThrow().floats()).isEqualTo(NEW);
  }

  /** Type number, field, and what 1/3 becomes in that type (NumPy's values). */
  @ParameterizedTest
  @CsvSource({
    "1, raw, 0.33333334", "1, float_data, 0.33333334",
    "11, raw, 0.33333334", "11, double_data, 0.33333334",
    "10, raw, 0.33325195", "10, int32_data, 0.33325195",
    "16, raw, 0.33398438", "16, int32_data, 0.33398438"
  })
  void eachTypeAndFieldIsKept(int type, String field, float third) {
    TensorProto.Builder old = TensorProto.newBuilder().setName("w").setDataType(type).addDims(3);
    int size = ElementType.of(type).bits() / 8;
    for (int i = 0; i < 3; i++) {
      switch (field) {
        case "raw" -> old.setRawData(ByteString.copyFrom(new byte[3 * size]));
        case "float_data" -> old.addFloatData(0);
        case "double_data" -> old.addDoubleData(0);
        default -> old.addInt32Data(0);
      }
    }
    float[] values = {1 / 3f, -1000, 0};
    ModelProto before = model(addW(GraphProto.newBuilder().addInitializer(old)));
    OnnxModel changed = OnnxModel.of(before).withParameters(Map.of("w", values));
    assertThat(changed.tensor("w").orElseThrow().floats()[0]).isEqualTo(third);
    TensorProto after = changed.toProto().getGraph().getInitializer(0);
    assertThat(after.getAllFields().keySet()).isEqualTo(old.build().getAllFields().keySet());
    float[] read = OnnxModel.of(changed.toProto()).tensor("w").orElseThrow().floats();
    assertThat(read[0]).isEqualTo(third);
    assertThat(read[1]).isEqualTo(-1000f, org.assertj.core.data.Offset.offset(0f));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void float64IsReadUnrounded(boolean raw) {
    double[] values = {Math.PI, 1e300, -0.1};
    TensorProto.Builder w =
        TensorProto.newBuilder().setName("w").setDataType(ElementType.DOUBLE.number()).addDims(3);
    ByteBuffer bytes = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      bytes.putDouble(value);
      if (!raw) {
        w.addDoubleData(value);
      }
    }
    if (raw) {
      w.setRawData(ByteString.copyFrom(bytes.flip()));
    }
    ModelProto model = model(addW(GraphProto.newBuilder().addInitializer(w)));
    OnnxModel read = OnnxModel.of(model);
    assertThat(read.tensor("w").orElseThrow().doubles()).containsExactly(values);
    assertThat(read.withParameters(Map.of("w", NEW)).tensor("w").orElseThrow().doubles())
        .containsExactly(1, 2, 3);

    TensorProto fill =
        w.clearDims().addDims(1).clearRawData().clearDoubleData().addDoubleData(0.1).build();
    GraphProto.Builder filled =
        GraphProto.newBuilder()
            .addNode(node("Constant", "s").addAttribute(attribute("value", longs("", 3))))
            .addNode(node("ConstantOfShape", "w", "s").addAttribute(attribute("value", fill)));
    assertThat(OnnxModel.of(model(8, addW(filled))).tensor("w").orElseThrow().doubles())
        .containsOnly(0.1);
  }

  @Test
  void unknownFieldsAndInvalidNamesSurviveAChange() {
    ByteString latin1 = ByteString.copyFrom(new byte[] {'n', (byte) 0xe4});
    UnknownFieldSet unknown =
        UnknownFieldSet.newBuilder()
            .addField(99, UnknownFieldSet.Field.newBuilder().addVarint(7).build())
            .build();
    TensorProto tensor = vector("w", 0, 0, 0).toBuilder().setUnknownFields(unknown).build();
    ModelProto plain =
        model(
            addW(
                GraphProto.newBuilder()
                    .addInitializer(tensor)
                    .addInitializer(vector("", 1).toBuilder().setNameBytes(latin1))
                    .setUnknownFields(unknown)));
    ModelProto before = plain.toBuilder().setUnknownFields(unknown).build();
    ModelProto after = OnnxModel.of(before).withParameters(Map.of("w", NEW)).toProto();
    assertThat(after.getUnknownFields()).isEqualTo(unknown);
    assertThat(after.getGraph().getUnknownFields()).isEqualTo(unknown);
    assertThat(after.getGraph().getInitializer(0).getUnknownFields()).isEqualTo(unknown);
    assertThat(after.getGraph().getInitializer(1).getNameBytes()).isEqualTo(latin1);
  }

  @Test
  void metadataIsAddedOrReplaced() {
    ModelProto before = model(addW(GraphProto.newBuilder().addInitializer(vector("w", NEW))));
    OnnxModel once = OnnxModel.of(before).withMetadata(Map.of("a", "1"));
    OnnxModel twice = once.withMetadata(Map.of("a", "2", "b", "3"));
    assertThat(twice.proto().getMetadataPropsList().stream().map(e -> e.getKey() + e.getValue()))
        .containsExactly("a2", "b3");
    ModelProto.Builder repeated = before.toBuilder();
    for (String value : new String[] {"x", "y"}) {
      repeated.addMetadataPropsBuilder().setKey("a").setValue(value);
    }
    OnnxModel replaced = OnnxModel.of(repeated.build()).withMetadata(Map.of("a", "2"));
    assertThat(replaced.proto().getMetadataPropsList()).hasSize(1);
  }

  @Test
  void wrongNamesAndSizesAreRefused() {
    OnnxModel model =
        OnnxModel.of(model(addW(GraphProto.newBuilder().addInitializer(vector("w", NEW)))));
    assertThatThrownBy(() -> model.withParameters(Map.of("v", NEW)))
        .extracting(e -> ((OnnxException) e).code())
        .isEqualTo("OG-132");
    assertThatThrownBy(() -> model.withParameters(Map.of("w", new float[2])))
        .extracting(e -> ((OnnxException) e).code())
        .isEqualTo("OG-133");
  }

  @Test
  void aTensorIsFoundByWhatHoldsIt() {
    OnnxModel model =
        OnnxModel.of(model(addW(GraphProto.newBuilder().addInitializer(vector("w", NEW)))));
    GraphProto graph = model.proto().getGraph();
    assertThat(model.tensorOf(graph.getInitializer(0))).isEqualTo(model.tensor("w"));
    assertThat(model.tensorOf(graph.getInput(0))).isEqualTo(model.tensor("x"));
    assertThat(model.tensorOf(vector("w", NEW))).as("equal, but another").isEmpty();
  }
}
