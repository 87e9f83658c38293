package org.onnxghn.converter.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.onnxghn.converter.Models.floats;
import static org.onnxghn.converter.Models.node;
import static org.onnxghn.converter.Models.value;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.onnxghn.GraphText;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.WriteOptions;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.StringStringEntryProto;

/** The command as a user meets it; its numbers are {@link GoldenConversionTest}'s. */
class ConvertCommandTest extends ConvertFixture {
  private static List<String> keys(JsonNode object) {
    List<String> keys = new ArrayList<>();
    object.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  @Test
  void jsonHasTheDocumentedFields() {
    JsonNode json = convert(smallCnn(), "--json").json();
    assertThat(keys(json))
        .containsExactly(
            "tool",
            "version",
            "command",
            "formatVersion",
            "input",
            "output",
            "checkpoint",
            "graph",
            "parameters",
            "coverage",
            "recalibration",
            "verification",
            "findings",
            "seconds");
    assertThat(keys(json.path("input")))
        .containsExactly(
            "path",
            "sha256",
            "bytes",
            "irVersion",
            "opsets",
            "producer",
            "nodes",
            "parameterTensors",
            "parameterElements");
    assertThat(keys(json.path("output")))
        .containsExactly("path", "sha256", "bytes", "externalData");
    assertThat(keys(json.path("graph"))).containsExactly("nodes", "edges", "primitives");
    assertThat(keys(json.path("parameters").path(0)))
        .containsExactly(
            "name",
            "shape",
            "dtype",
            "role",
            "source",
            "primitive",
            "reason",
            "mean",
            "std",
            "l2",
            "first8");
    assertThat(keys(json.path("coverage")))
        .containsExactly("predicted", "tiled", "fallback", "kept", "fraction");
    assertThat(keys(json.path("verification")))
        .containsExactly("runtime", "loaded", "ran", "finite", "seconds");
    assertThat(keys(json.path("findings").path(0)))
        .containsExactly(
            "code", "severity", "message", "node", "opType", "domain", "tensor", "elements", "fix");
    assertThat(keys(json.path("seconds")))
        .containsExactly("import", "load", "predict", "recalibrate", "write", "verify", "total");
    assertThat(json.path("checkpoint").isNull()).isTrue();
    assertThat(json.path("input").path("opsets").path("ai.onnx").asInt()).isPositive();
    assertThat(json.path("verification").path("finite").asBoolean()).isTrue();
  }

  @Test
  void everyParameterIsReportedOnceAndStatisticsAreReset() {
    JsonNode json = convert(smallCnn(), "--json").json();
    List<String> names = new ArrayList<>();
    json.path("parameters").forEach(parameter -> names.add(parameter.path("name").asText()));
    assertThat(names).doesNotHaveDuplicates().contains("conv1.weight", "classifier.bias");
    assertThat(names).noneMatch(name -> name.contains("running"));
    assertThat(json.path("findings").findValuesAsText("code")).contains("OG-450");
    assertThat(json.path("coverage").path("fraction").asDouble()).isZero();
  }

  @Test
  void provenanceIsInTheModel() throws IOException {
    assertThat(convert(smallCnn(), "--seed", 5).code()).isZero();
    ModelProto result = ModelProto.parseFrom(Files.readAllBytes(out()));
    assertThat(result.getMetadataPropsList())
        .extracting(StringStringEntryProto::getKey)
        .contains("onnx-ghn.version", "onnx-ghn.checkpoint", "onnx-ghn.seed", "onnx-ghn.coverage");
  }

  @Test
  void keepAndOnlyLeaveTensorsAsTheyWere() {
    JsonNode original = convert(smallCnn(), "--json", "--fallback", "keep").json();
    JsonNode kept = convert(smallCnn(), "--json", "--keep", "bn*", "--keep", "conv1.*").json();
    JsonNode only = convert(smallCnn(), "--json", "--only", "classifier.weight").json();
    for (int i = 0; i < original.path("parameters").size(); i++) {
      JsonNode before = original.path("parameters").path(i);
      String name = before.path("name").asText();
      boolean stays = name.startsWith("bn") || name.startsWith("conv1.");
      assertSame(before, kept.path("parameters").path(i), stays);
      assertSame(before, only.path("parameters").path(i), !name.equals("classifier.weight"));
    }
  }

  private static void assertSame(JsonNode before, JsonNode after, boolean same) {
    assertThat(after.path("source").asText().equals("kept")).isEqualTo(same);
    if (same) {
      assertThat(after.path("first8")).isEqualTo(before.path("first8"));
    }
  }

  @Test
  void aGlobThatMatchesNothingIsAWarning() {
    Run run = convert(smallCnn(), "--json", "--keep", "nothing.*");
    assertThat(run.code()).isZero();
    assertThat(run.json().path("findings").findValuesAsText("code")).contains("OG-455");
  }

  @Test
  void aModelWithoutWeightsBecomesOneWithThem() throws IOException {
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInput(value("x", ElementType.FLOAT, 1, 2))
            .addInput(value("w", ElementType.FLOAT, 2, 3))
            .addInput(value("b", ElementType.FLOAT, 3))
            .addNode(node("Gemm", "y", "x", "w", "b"))
            .addOutput(value("y", ElementType.FLOAT, 1, 3));
    Path input = write(graph);
    assertThat(convert(input).code()).isZero();
    GraphProto result = ModelProto.parseFrom(Files.readAllBytes(out())).getGraph();
    assertThat(result.getInputList()).extracting(v -> v.getName()).containsExactly("x");
    assertThat(result.getInitializerList()).extracting(t -> t.getName()).contains("w", "b");

    Run kept = convert(input, "--json", "--keep", "w");
    assertThat(kept.code()).as(kept.err()).isZero();
    assertThat(kept.json().path("findings").findValuesAsText("code")).contains("OG-454");
    result = ModelProto.parseFrom(Files.readAllBytes(out())).getGraph();
    assertThat(result.getInputList()).extracting(v -> v.getName()).containsExactly("x", "w");
  }

  @Test
  void statisticsStayWhereNothingChangesAndWhereTheUserKeepsThem() {
    for (List<Object> options :
        List.<List<Object>>of(List.of("--fallback", "keep"), List.of("--keep", "*running*"))) {
      List<Object> more = new ArrayList<>(options);
      more.add("--json");
      Run run = convert(smallCnn(), more.toArray());
      assertThat(run.code()).as(run.err()).isZero();
      assertThat(run.json().path("findings").findValuesAsText("code")).doesNotContain("OG-450");
    }
  }

  @Test
  void optionsThatCouldDoNothingAreRefused() throws IOException {
    for (List<Object> options :
        List.<List<Object>>of(
            List.of("--noise", "1e-5"),
            List.of("--blend", "0.1"),
            List.of("--head", "random"),
            List.of("--head", "predict"))) {
      Run run = convert(smallCnn(), options.toArray());
      assertThat(run.code()).as(options.toString()).isEqualTo(2);
      assertThat(run.err()).contains("not with --checkpoint none", "convert --help");
    }
    Run run = convert(smallCnn(), "--calibrate-images", 10);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("--calibrate-images is of --calibrate");
    assertThat(files()).isEmpty();
  }

  /** This one is in no file: it is made when the model runs. */
  @Test
  void aTensorThatIsKeptMayHaveMoreElementsThanAnArray() {
    Path input = folder.resolve("in.onnx");
    GraphText.model(
            """
            g (float[N,100000] x) => (float[N,100000] y) <int64[2] s = {100000, 100000}> {
              w = ConstantOfShape (s)
              y = MatMul (x, w)
            }
            """)
        .write(input, WriteOptions.DEFAULT);
    Run run = convert(input, "--json", "--keep", "w", "--no-verify");
    assertThat(run.code()).as(run.err() + run.out()).isZero();
    List<String> parameters = new ArrayList<>();
    for (JsonNode parameter : run.json().path("parameters")) {
      parameters.add(parameter.path("name").asText() + " has mean " + parameter.path("mean"));
    }
    assertThat(parameters).contains("w has mean null");
  }

  @Test
  void aWeightKeepsItsDataType() throws IOException {
    Path input =
        write(
            GraphProto.newBuilder()
                .addInput(value("x", ElementType.FLOAT16, 1, 2))
                .addInitializer(
                    org.onnxghn.onnx.proto.TensorProto.newBuilder()
                        .setName("w")
                        .addDims(2)
                        .addDims(2)
                        .setDataType(ElementType.FLOAT16.number())
                        .setRawData(com.google.protobuf.ByteString.copyFrom(new byte[8])))
                .addNode(node("MatMul", "y", "x", "w"))
                .addOutput(value("y", ElementType.FLOAT16, 1, 2)));
    Run run = convert(input, "--json");
    assertThat(run.code()).as(run.err() + run.out()).isZero();
    JsonNode weight = run.json().path("parameters").path(0);
    assertThat(weight.path("dtype").asText()).isEqualTo("float16");
    assertThat(weight.path("std").asDouble()).isPositive();
    ModelProto result = ModelProto.parseFrom(Files.readAllBytes(out()));
    assertThat(result.getGraph().getInitializer(0).getRawData().size()).isEqualTo(8);
  }

  @Test
  void anOperatorThatOnnxRuntimeDoesNotKnowIsAFinding() throws IOException {
    Path input =
        write(
            GraphProto.newBuilder()
                .addInput(value("x", ElementType.FLOAT, 1, 2))
                .addInitializer(floats("w", null, 2, 2))
                .addNode(node("MatMul", "h", "x", "w"))
                .addNode(node("Custom", "y", "h").setDomain("my.domain"))
                .addOutput(value("y", ElementType.FLOAT, 1, 2)));
    Run run = convert(input, "--json");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.json().path("findings").toString())
        .contains("OG-460", "my.domain", "the input fails too")
        .doesNotContain(folder.toString());
    assertThat(files()).containsExactly("in.onnx");
  }

  @Test
  void namesFromTheModelCannotControlTheTerminal() throws IOException {
    String evil = "w\u001b]0;title\u0007\u202e";
    Path input =
        write(
            GraphProto.newBuilder()
                .addInput(value("x", ElementType.FLOAT, 1, 2))
                .addInitializer(floats(evil, null, 2, 2))
                .addNode(node("MatMul", "y", "x", evil))
                .addOutput(value("y", ElementType.FLOAT, 1, 2)));
    Run run = convert(input);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("\\u{1b}]0;title").doesNotContain("\u001b", "\u202e");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void textReportSaysWhatAPersonNeeds() {
    Run run = convert(smallCnn());
    assertThat(run.out())
        .contains("coverage 0.00 %", "fallback: no checkpoint", "OG-450")
        .contains("verification by onnxruntime", "seconds: import", "wrote ")
        .doesNotContain("\u001b");
  }
}
