package org.onnxghn.converter.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.onnxghn.converter.Models.floats;
import static org.onnxghn.converter.Models.model;
import static org.onnxghn.converter.Models.node;
import static org.onnxghn.converter.Models.value;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.proto.GraphProto;

/** Which exit code, baselines, and where models are found. */
class CheckGateTest {
  private static final ElementType FLOAT = ElementType.FLOAT;

  @TempDir private Path folder;
  private Path full;
  private Path fallback;
  private Path lost;
  private Path broken;

  @BeforeEach
  void writeModels() throws IOException {
    full = write("full.onnx", convolution());
    fallback =
        write(
            "fallback.onnx",
            convolution()
                .addInitializer(floats("slope", null, 4, 1, 1))
                .addNode(node("PRelu", "z", "y", "slope")));
    lost =
        write(
            "lost.onnx",
            convolution()
                .clearInitializer()
                .addInput(value("w", FLOAT, 4, 3, 1, 1))
                .addInput(value("offset", FLOAT, 4, 1, 1))
                .addNode(node("Mod", "z", "y", "offset")));
    broken = Files.writeString(folder.resolve("broken.onnx"), "no model");
  }

  private static GraphProto.Builder convolution() {
    return GraphProto.newBuilder()
        .addInput(value("x", FLOAT, -1, 3, 8, 8))
        .addInitializer(floats("w", null, 4, 3, 1, 1))
        .addNode(node("Conv", "y", "x", "w"))
        .addOutput(value("y", FLOAT, -1, 4, 8, 8));
  }

  private Path write(String name, GraphProto.Builder graph) throws IOException {
    return Files.write(folder.resolve(name), model(graph).toByteArray());
  }

  private static int code(Object... arguments) {
    List<Object> all = new ArrayList<>(List.of("check"));
    all.addAll(List.of(arguments));
    return Run.of(all.toArray()).code();
  }

  private static List<String> codes(JsonNode findings) {
    List<String> codes = new ArrayList<>();
    findings.forEach(finding -> codes.add(finding.path("code").asText()));
    return codes;
  }

  @Test
  void exitCodesFollowSeverityAndThreshold() {
    assertThat(code(full)).isZero();
    assertThat(code(full, "--fail-on", "warning")).isZero();
    assertThat(code(fallback)).isZero();
    assertThat(code(fallback, "--fail-on", "warning")).isEqualTo(1);
    assertThat(code(lost)).isEqualTo(1);
    assertThat(code(lost, "--fail-on", "none")).isZero();
    assertThat(code(broken, "--fail-on", "none")).isEqualTo(2);
    assertThat(code(lost, broken, full)).isEqualTo(2);
  }

  @Test
  void lowCoverageFailsWhateverElseMay() {
    assertThat(code(fallback, "--min-coverage", "0.5", "--fail-on", "none")).isZero();
    Run run = Run.of("check", fallback, "--min-coverage", "0.9", "--fail-on", "none", "--json");
    assertThat(run.code()).isEqualTo(1);
    assertThat(codes(run.json().path("findings"))).contains("OG-456", "OG-251");
    assertThat(code(fallback, "--min-coverage", "1.5")).isEqualTo(2);
  }

  @Test
  void nothingStopsAtTheFirst() {
    JsonNode json =
        Run.of("check", broken, lost, folder.resolve("absent.onnx"), full, "--json").json();
    List<String> verdicts = new ArrayList<>();
    json.path("models").forEach(model -> verdicts.add(model.path("verdict").asText()));
    assertThat(verdicts).containsExactly("refused", "partial", "refused", "full");
    assertThat(json.path("models").path(0).path("coverage").isNull()).isTrue();
    JsonNode refusal = json.path("models").path(2).path("findings").path(0);
    assertThat(refusal.path("code").asText()).isEqualTo("OG-100");
    assertThat(refusal.path("fix").asText()).isNotBlank();
    assertThat(json.path("summary").path("refused").asInt()).isEqualTo(2);
    assertThat(json.path("summary").path("byOp").path("ai.onnx::Mod"))
        .isEqualTo(new ObjectMapper().createObjectNode().put("models", 1).put("nodes", 1));
  }

  @Test
  void aBaselineAcceptsWhatItListsAndNothingElse() throws IOException {
    Path baseline = folder.resolve("known.json");
    assertThat(code(lost, fallback, "--write-baseline", baseline)).isEqualTo(1);
    assertThat(code(lost, fallback, "--baseline", baseline)).isZero();
    assertThat(code(lost, fallback, "--baseline", baseline, "--fail-on", "warning")).isZero();
    Run again = Run.of("check", lost, "--baseline", baseline, "--json");
    assertThat(again.json().path("findings").path(0).path("known").asBoolean()).isTrue();

    Path copy = Files.copy(lost, folder.resolve("other.onnx"));
    assertThat(code(lost, copy, "--baseline", baseline)).isEqualTo(1);
    assertThat(code(broken, "--baseline", baseline)).isEqualTo(2);

    ObjectMapper json = new ObjectMapper();
    ObjectNode shorter = (ObjectNode) json.readTree(baseline.toFile());
    shorter.withArray("findings").removeAll();
    Files.writeString(baseline, json.writeValueAsString(shorter));
    assertThat(code(lost, "--baseline", baseline)).isEqualTo(1);
  }

  @Test
  void equalFindingsWithoutNamesAreCountedOneByOne() throws IOException {
    GraphProto.Builder one =
        convolution().addNode(node("Strange", "a", "y").clearName().setDomain("other"));
    GraphProto.Builder two =
        one.clone().addNode(node("Strange", "b", "y").clearName().setDomain("other"));
    Path baseline = folder.resolve("known.json");
    Path model = write("strange.onnx", one);
    assertThat(code(model, "--fail-on", "warning", "--write-baseline", baseline)).isEqualTo(1);
    assertThat(code(model, "--fail-on", "warning", "--baseline", baseline)).isZero();
    write("strange.onnx", two);
    assertThat(code(model, "--fail-on", "warning", "--baseline", baseline)).isEqualTo(1);
  }

  @Test
  void badBaselinesAreRefused() throws IOException {
    for (String content :
        List.of(
            "",
            "no json",
            "[]",
            "{}",
            "{\"command\":\"baseline\"}",
            "{\"command\":\"baseline\",\"findings\":[{\"fingerprint\":\"x\"}]}",
            "[".repeat(100_000))) {
      Path file = Files.writeString(folder.resolve("bad.json"), content);
      Run run = Run.of("check", full, "--baseline", file);
      assertThat(run.code()).as(content).isEqualTo(2);
      assertThat(run.err()).contains("OG-410");
    }
    assertThat(code(full, "--baseline", folder.resolve("absent.json"))).isEqualTo(2);
  }

  @Test
  void aModelIsNeverOverwritten() throws IOException {
    byte[] before = Files.readAllBytes(full);
    Run run = Run.of("check", full, "--write-baseline", full);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("OG-402");
    assertThat(Files.readAllBytes(full)).isEqualTo(before);
    assertThat(code(full, "--write-baseline", folder.resolve("no/such/folder.json"))).isEqualTo(2);
  }

  @Test
  void aBaselineThatCannotBeWrittenIsAllThatStdoutSays() {
    Path nowhere = folder.resolve("no/such/folder/b.json");
    Run run = Run.of("check", full, "--json", "--write-baseline", nowhere);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.json().path("command").asText()).isEqualTo("check");
    assertThat(run.json().path("error").path("code").asText()).isEqualTo("OG-401");
    Run sarif = Run.of("check", full, "--format", "sarif", "--write-baseline", nowhere);
    assertThat(sarif.code()).isEqualTo(2);
    assertThat(sarif.out()).isEmpty();
  }

  @Test
  void foldersAndPatternsAreLookedInto() throws IOException {
    Path deep = Files.createDirectories(folder.resolve("a/b"));
    Files.copy(full, deep.resolve("deep.ONNX"));
    Files.copy(full, deep.resolve("deep2.onnx"));
    Files.writeString(deep.resolve("readme.txt"), "no model");
    Files.createSymbolicLink(deep.resolve("circle"), folder);
    Files.createSymbolicLink(folder.resolve("a/link.onnx"), full);
    assertThat(paths(folder.resolve("a"))).containsExactly("deep.ONNX", "deep2.onnx", "link.onnx");
    assertThat(paths(folder + "/*.onnx"))
        .containsExactly("broken.onnx", "fallback.onnx", "full.onnx", "lost.onnx");
    assertThat(paths(folder + "/a/**.onnx")).containsExactly("deep2.onnx", "link.onnx");
    assertThat(paths(folder + "/f{ull,allback}.on?x"))
        .containsExactly("fallback.onnx", "full.onnx");
    assertThat(paths(full, full, folder + "/full*")).containsExactly("full.onnx");
    for (String none : List.of("/none*", "/[", "/nowhere/*.onnx", "/a/b/circle/none*")) {
      Run run = Run.of("check", folder + none);
      assertThat(run.code()).as(none).isEqualTo(2);
      assertThat(run.err()).contains("OG-411").doesNotContain("\tat ");
    }
  }

  private static List<String> paths(Object... arguments) {
    List<Object> all = new ArrayList<>(List.of("check", "--json"));
    all.addAll(List.of(arguments));
    List<String> names = new ArrayList<>();
    Run.of(all.toArray())
        .json()
        .path("models")
        .forEach(model -> names.add(Path.of(model.path("path").asText()).getFileName().toString()));
    return names;
  }

  @Test
  void fineTuningNeedsAnExecutorForEachOperator() throws IOException {
    Path strange =
        write("strange.onnx", convolution().addNode(node("Strange", "z", "y").setDomain("other")));
    Run run = Run.of("check", strange, "--for", "finetune", "--json");
    assertThat(run.code()).isEqualTo(1);
    List<String> notRun = new ArrayList<>();
    for (JsonNode finding : run.json().path("findings")) {
      if (finding.path("code").asText().equals("OG-470")) {
        notRun.add(finding.path("domain").asText() + "::" + finding.path("opType").asText());
      }
    }
    assertThat(notRun).contains("other::Strange");
    assertThat(code(strange)).isZero();
  }
}
