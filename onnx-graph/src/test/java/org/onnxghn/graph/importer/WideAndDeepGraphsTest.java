package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.FunctionProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.SparseTensorProto;
import org.onnxghn.onnx.proto.TensorProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/** Files of some megabytes with very many operators of one kind: importing takes seconds. */
class WideAndDeepGraphsTest {
  /** Longer than any of these takes on a busy machine, and far shorter than they took. */
  private static final Duration QUICK = Duration.ofSeconds(30);

  private static final int MANY = 100_000;

  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("g");
  private final List<FunctionProto> functions = new ArrayList<>();

  @ParameterizedTest
  @CsvSource({
    "Transpose, Transpose",
    "Unsqueeze, Squeeze",
    "Unsqueeze, Unsqueeze",
    "Transpose, Unsqueeze"
  })
  void aWeightMayBeMovedAnyNumberOfTimes(String even, String odd) {
    weight("w", 4, 4);
    String last = "w";
    for (int i = 0; i < MANY; i++) {
      NodeProto.Builder node = node(i % 2 == 0 ? even : odd, "t" + i, last);
      if (!node.getOpType().equals("Transpose")) {
        node.addAttributeBuilder()
            .setName("axes")
            .setType(AttributeProto.AttributeType.INTS)
            .addInts(0);
      }
      last = "t" + i;
    }
    node("MatMul", "y", "x", last);
    assertThat(imported().parameters())
        .singleElement()
        .satisfies(parameter -> assertThat(parameter.role()).isEqualTo(Role.WEIGHT));
  }

  @Test
  void gatesMayBeSumsOfAnythingManyTimes() {
    node("Sum", "sum", Collections.nCopies(MANY, "x").toArray(String[]::new));
    node("Relu", "r", "x");
    for (int i = 0; i < MANY; i++) {
      node("Mul", "m" + i, "r", "sum");
    }
    node("Identity", "y", "m0");
    assertThat(imported().parameters()).isEmpty();
  }

  @Test
  void aTensorMayHaveAnyNumberOfParts() {
    weight("w", 4 * MANY);
    NodeProto.Builder split = node("Split", "p0", "w");
    for (int i = 1; i < MANY; i++) {
      split.addOutput("p" + i);
    }
    for (int i = 0; i < MANY; i++) {
      node("MatMul", "m" + i, "x", "p" + i);
    }
    node("Identity", "y", "m0");
    assertThat(imported().parameters())
        .singleElement()
        .satisfies(parameter -> assertThat(parameter.role()).isEqualTo(Role.WEIGHT));
  }

  @Test
  void parametersThatAreComputedWithMayBeManyAndHaveManyReaders() {
    List<String> computed = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      weight("p" + i, 2);
      node("Exp", "e" + i, "p" + i);
      computed.add("e" + i);
    }
    node("Concat", "all", computed.toArray(String[]::new))
        .addAttributeBuilder()
        .setName("axis")
        .setType(AttributeProto.AttributeType.INT)
        .setI(0);
    for (int i = 0; i < 4_000; i++) {
      node("Relu", "r" + i, "all");
    }
    node("MatMul", "y", "x", "r0");
    assertThat(imported().parameters()).hasSize(MANY);
  }

  @Test
  void logitsMayBeOfAnyNumberOfOperands() {
    node("Max", "max", Collections.nCopies(MANY, "x").toArray(String[]::new));
    for (int i = 0; i < MANY; i++) {
      node("Softmax", "s" + i, "max");
    }
    node("Identity", "y", "s0");
    assertThat(imported().parameters()).isEmpty();
  }

  @Test
  void aMaskMayHaveAnyNumberOfReaders() {
    // Few bytes in the file, and a hundred megabytes each time that it is read.
    SparseTensorProto.Builder sparse = graph.addSparseInitializerBuilder().addDims(1 << 25);
    ByteString value = ByteString.copyFrom(new byte[] {0, 0, 0x48, (byte) 0xc3}); // -200
    sparse
        .getValuesBuilder()
        .setName("mask")
        .setDataType(ElementType.FLOAT.number())
        .addDims(1)
        .setRawData(value);
    sparse.getIndicesBuilder().setDataType(ElementType.INT64.number()).addDims(1).addInt64Data(5);
    for (int i = 0; i < 2_000; i++) {
      node("BiasSoftmax", "s" + i, "x", "mask").setDomain("com.microsoft");
    }
    node("Identity", "y", "s0");
    assertThat(imported().parameters()).isEmpty();
  }

  @Test
  void anOperatorThatNothingKnowsIsOneFindingHoweverOftenItIsCalled() {
    for (int i = 0; i < 15; i++) {
      FunctionProto.Builder function = FunctionProto.newBuilder().setDomain("f").setName("f" + i);
      function.addInput("a").addOutput("c");
      if (i == 14) {
        function.addNodeBuilder().setOpType("What").setDomain("q").addInput("a").addOutput("c");
      } else {
        call(function, i + 1, "a", "b");
        call(function, i + 1, "b", "c");
      }
      functions.add(function.build());
    }
    node("f0", "y", "x").setDomain("f");
    assertThat(imported().findings()).filteredOn(f -> f.code().equals("OG-250")).hasSize(1);
  }

  private static void call(FunctionProto.Builder caller, int callee, String input, String output) {
    caller
        .addNodeBuilder()
        .setDomain("f")
        .setOpType("f" + callee)
        .addInput(input)
        .addOutput(output);
  }

  private ImportedGraph imported() {
    ValueInfoProto.Builder input = graph.addInputBuilder().setName("x");
    input.getTypeBuilder().getTensorTypeBuilder().setElemType(ElementType.FLOAT.number());
    input
        .getTypeBuilder()
        .getTensorTypeBuilder()
        .getShapeBuilder()
        .addDimBuilder()
        .setDimParam("N");
    input.getTypeBuilder().getTensorTypeBuilder().getShapeBuilder().addDimBuilder().setDimValue(4);
    graph.addOutput(input.build().toBuilder().setName("y"));
    ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(8).setGraph(graph);
    model.addAllFunctions(functions);
    model.addOpsetImportBuilder().setVersion(12);
    OnnxModel read = OnnxModel.of(model.build());
    return assertTimeoutPreemptively(QUICK, () -> GraphImporter.importGraph(read));
  }

  private void weight(String name, long... dims) {
    TensorProto.Builder tensor = graph.addInitializerBuilder().setName(name);
    tensor.setDataType(ElementType.FLOAT.number());
    long bytes = Float.BYTES;
    for (long dim : dims) {
      tensor.addDims(dim);
      bytes *= dim;
    }
    tensor.setRawData(ByteString.copyFrom(new byte[(int) bytes]));
  }

  private NodeProto.Builder node(String type, String output, String... inputs) {
    return graph
        .addNodeBuilder()
        .setOpType(type)
        .setName(output)
        .addOutput(output)
        .addAllInput(List.of(inputs));
  }
}
