package org.onnxghn.converter.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.onnxghn.converter.Models.floats;
import static org.onnxghn.converter.Models.ints;
import static org.onnxghn.converter.Models.model;
import static org.onnxghn.converter.Models.node;
import static org.onnxghn.converter.Models.value;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.SharedData;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.TensorProto;
import org.onnxghn.onnx.proto.TensorShapeProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

class VerifierTest {
  @TempDir private Path folder;

  private Verification verify(GraphProto.Builder graph) throws IOException {
    return verify(model(graph));
  }

  private Verification verify(ModelProto model) throws IOException {
    Path file = folder.resolve("m.onnx");
    Files.write(file, model.toByteArray());
    return Verifier.verify(file, 0);
  }

  @Test
  void runsAModelWithWeights() {
    Verification result = Verifier.verify(SharedData.path("golden/onnx/small_cnn.nc10.onnx"), 0);
    assertThat(result.passed()).as(result.problem()).isTrue();
    assertThat(result.runtime()).startsWith("onnxruntime 1.");
  }

  @Test
  void seesValuesThatAreNotFinite() throws IOException {
    Verification result =
        verify(
            GraphProto.newBuilder()
                .addInput(value("x", ElementType.FLOAT, 2))
                .addInitializer(floats("w", Float.NaN, 2))
                .addNode(node("Add", "y", "x", "w"))
                .addOutput(value("y", ElementType.FLOAT, 2)));
    assertThat(result.ran()).isTrue();
    assertThat(result.finite()).isFalse();
    assertThat(result.passed()).isFalse();
    assertThat(result.problem()).contains("output y");
  }

  @Test
  void quotesOnnxRuntimeWhenItDoesNotLoad() throws IOException {
    Verification result =
        verify(
            GraphProto.newBuilder()
                .addInput(value("x", ElementType.FLOAT, 2))
                .addNode(node("NoSuchOperator", "y", "x"))
                .addOutput(value("y", ElementType.FLOAT, 2)));
    assertThat(result.loaded()).isFalse();
    assertThat(result.ran()).isFalse();
    assertThat(result.finite()).isFalse();
    assertThat(result.problem()).contains("NoSuchOperator");
  }

  @Test
  void saysWhenItLoadsAndDoesNotRun() throws IOException {
    Verification result =
        verify(
            GraphProto.newBuilder()
                .addInput(value("x", ElementType.FLOAT, -1, -2))
                .addInitializer(floats("w", null, 5, 2))
                // The sum of two equal sizes is never 5.
                .addNode(node("Concat", "c", "x", "x").addAttribute(axis(1)))
                .addNode(node("MatMul", "y", "c", "w"))
                .addOutput(value("y", ElementType.FLOAT, -1, 2)));
    assertThat(result.loaded()).isTrue();
    assertThat(result.ran()).isFalse();
    assertThat(result.problem()).isNotBlank();
  }

  private static AttributeProto axis(long axis) {
    return ints("axis", axis).toBuilder()
        .clearInts()
        .setType(AttributeProto.AttributeType.INT)
        .setI(axis)
        .build();
  }

  @Test
  void stopsALoopThatNeverEnds() throws IOException {
    ValueInfoProto condition = value("again", ElementType.BOOL);
    GraphProto body =
        GraphProto.newBuilder()
            .setName("body")
            .addInput(value("i", ElementType.INT64))
            .addInput(condition)
            .addInput(value("sum", ElementType.FLOAT, 2))
            .addNode(node("Identity", "still", "again"))
            .addNode(node("Neg", "next", "sum"))
            .addOutput(value("still", ElementType.BOOL))
            .addOutput(value("next", ElementType.FLOAT, 2))
            .build();
    AttributeProto attribute =
        AttributeProto.newBuilder()
            .setName("body")
            .setType(AttributeProto.AttributeType.GRAPH)
            .setG(body)
            .build();
    TensorProto yes =
        TensorProto.newBuilder()
            .setName("yes")
            .setDataType(ElementType.BOOL.number())
            .addInt32Data(1)
            .build();
    ModelProto model =
        model(
            GraphProto.newBuilder()
                .addInput(value("x", ElementType.FLOAT, 2))
                .addInitializer(yes)
                .addNode(node("Loop", "y", "", "yes", "x").addAttribute(attribute))
                .addOutput(value("y", ElementType.FLOAT, 2)));
    Path file = Files.write(folder.resolve("loop.onnx"), model.toByteArray());
    Verification result = Verifier.verify(file, 0, Duration.ofSeconds(1));
    assertThat(result.loaded()).as(result.problem()).isTrue();
    assertThat(result.ran()).isFalse();
    assertThat(result.problem()).contains("did not come to an end within 1 s");
  }

  @Test
  void triesSeveralImageSizesWhereTheyAreFree() throws IOException {
    // Only 64x64 images have 3 * 64 * 64 values for this layer.
    Verification result =
        verify(
            GraphProto.newBuilder()
                .addInput(value("x", ElementType.FLOAT, -1, 3, -2, -3))
                .addInitializer(floats("w", null, 3 * 64 * 64, 2))
                .addNode(node("Flatten", "f", "x"))
                .addNode(node("MatMul", "y", "f", "w"))
                .addOutput(value("y", ElementType.FLOAT, -1, 2)));
    assertThat(result.passed()).as(result.problem()).isTrue();
  }

  /** As decoders with a cache of earlier tokens are exported, whose context here is 8 tokens. */
  @Test
  void readsTheRelationOfInputsFromTheNamesOfTheirDimensions() throws IOException {
    Verification result =
        verify(
            GraphProto.newBuilder()
                .addInput(named("past", "N", "heads", "past_length", "2"))
                .addInput(named("x", "N", "heads", "length", "2"))
                .addInput(named("mask", "N", "heads", "past_length + length", "2"))
                .addInitializer(floats("context", null, 1, 1, 8, 2))
                .addInitializer(longs("start", 0))
                .addInitializer(longs("axis", 2))
                .addNode(node("Concat", "all", "past", "x").addAttribute(axis(2)))
                .addNode(node("Add", "masked", "all", "mask"))
                .addNode(node("Shape", "shape", "masked"))
                .addNode(node("Slice", "length", "shape", "axis", "three"))
                .addInitializer(longs("three", 3))
                .addNode(node("Slice", "part", "context", "start", "length", "axis"))
                .addNode(node("Add", "y", "masked", "part"))
                .addOutput(value("y", ElementType.FLOAT, -1, -2, -3, 2)));
    assertThat(result.passed()).as(result.problem()).isTrue();
  }

  private static TensorProto longs(String name, long value) {
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(ElementType.INT64.number())
        .addDims(1)
        .addInt64Data(value)
        .build();
  }

  private static ValueInfoProto named(String name, String... dims) {
    ValueInfoProto.Builder value = value(name, ElementType.FLOAT, -1).toBuilder();
    TensorShapeProto.Builder shape =
        value.getTypeBuilder().getTensorTypeBuilder().getShapeBuilder().clear();
    for (String dim : dims) {
      if (dim.matches("[0-9]+")) {
        shape.addDimBuilder().setDimValue(Long.parseLong(dim));
      } else {
        shape.addDimBuilder().setDimParam(dim);
      }
    }
    return value.build();
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"FLOAT", "DOUBLE", "FLOAT16", "INT64", "INT32", "INT8", "UINT8", "BOOL", "STRING"})
  void feedsEveryType(ElementType type) throws IOException {
    Verification result =
        verify(
            GraphProto.newBuilder()
                .addInput(value("x", type, -1, 4))
                .addNode(node("Identity", "y", "x"))
                .addOutput(value("y", type, -1, 4)));
    assertThat(result.passed()).as(result.problem()).isTrue();
  }

  @Test
  void refusesToMakeHugeInputs() throws IOException {
    Verification result =
        verify(
            GraphProto.newBuilder()
                .addInput(value("x", ElementType.FLOAT, 1L << 20, 1L << 20, 1L << 20))
                .addNode(node("Identity", "y", "x"))
                .addOutput(value("y", ElementType.FLOAT, 1L << 20, 1L << 20, 1L << 20)));
    assertThat(result.ran()).isFalse();
    assertThat(result.problem()).contains("x").contains("too large");
  }

  @Test
  void leavesNoTemporaryFileBehind() throws Exception {
    Path model = folder.resolve("m.onnx");
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInput(value("x", ElementType.FLOAT, 2))
            .addNode(node("Relu", "y", "x"))
            .addOutput(value("y", ElementType.FLOAT, 2));
    Files.write(model, model(graph).toByteArray());
    Path temporary = Files.createDirectory(folder.resolve("temporary"));
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Djava.io.tmpdir=" + temporary,
            VerifierMain.class.getName(),
            model.toString(),
            "0",
            "10000");
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(said).contains("finite=true");
    assertThat(process.waitFor()).isZero();
    assertThat(temporary).isEmptyDirectory();
  }

  /** The smallest whole number divided by -1 is a trap of the processor in ONNX Runtime 1.29. */
  @ParameterizedTest
  @ValueSource(strings = {"Div", "Mod"})
  @EnabledIfSystemProperty(named = "os.arch", matches = "amd64|x86_64")
  void outlivesAModelThatCrashesOnnxRuntime(String operator) throws IOException {
    Verification result =
        verify(
            GraphProto.newBuilder()
                .addInput(value("x", ElementType.FLOAT, 1))
                .addInitializer(longs("smallest", Long.MIN_VALUE))
                .addInitializer(longs("minus", -1))
                .addNode(node(operator, "y", "smallest", "minus"))
                .addOutput(value("y", ElementType.INT64, 1)));
    assertThat(result.passed()).isFalse();
    assertThat(result.problem()).isEqualTo("ONNX Runtime crashed: SIGFPE");
    assertThat(result.runtime()).startsWith("onnxruntime 1.");
    assertThat(Path.of("")).isDirectoryNotContaining("glob:hs_err*");
  }
}
