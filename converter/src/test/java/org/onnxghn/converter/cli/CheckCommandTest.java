package org.onnxghn.converter.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onnxghn.GraphText;
import org.onnxghn.onnx.WriteOptions;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

/** {@code onnx-ghn check} as CI sees it: verdicts, exit codes, and the five formats. */
class CheckCommandTest {
  @TempDir Path folder;

  private Path model(String name, String text) {
    Path file = folder.resolve(name);
    GraphText.model(text).write(file, WriteOptions.DEFAULT);
    return file;
  }

  private Path full() {
    return model(
        "full.onnx",
        "g (float[N,3] x) => (float[N,5] y) <float[3,5] w, float[5] b> { h = MatMul (x, w)\n y = Add (h, b) }");
  }

  /** One predicted and one fallback layer. */
  private Path partial(String names) {
    return model(
        "partial.onnx",
        "g (float[N,2,4,4] x) => (float y) <float[3,2,1,1] a, float[3,5,2,2] %s> { c = Conv (x, a)\n y = ConvTranspose (c, %s) }"
            .formatted(names, names));
  }

  private Path refused() throws Exception {
    return Files.writeString(folder.resolve("refused.onnx"), "this is no model");
  }

  @Test
  void listsEveryFindingOfEveryModelWithAVerdict() throws Exception {
    Run run = Run.of("check", full(), partial("t"), refused(), "--format", "json");
    assertThat(run.code()).isEqualTo(2);
    JsonNode json = run.json();
    assertThat(json.get("command").asText()).isEqualTo("check");
    assertThat(json.get("formatVersion").asInt()).isEqualTo(1);
    List<String> verdicts = new ArrayList<>();
    json.get("models").forEach(model -> verdicts.add(model.get("verdict").asText()));
    assertThat(verdicts).containsExactly("full", "partial", "refused");
    assertThat(json.get("models").get(1).get("coverage").get("fraction").asDouble())
        .isCloseTo(6.0 / 66, within());
    JsonNode finding = json.get("models").get(1).get("findings").get(0);
    for (String field :
        List.of(
            "code",
            "severity",
            "message",
            "node",
            "opType",
            "domain",
            "tensor",
            "elements",
            "fix")) {
      assertThat(finding.has(field)).as(field).isTrue();
    }
    assertThat(finding.get("tensor").asText()).isEqualTo("t");
    assertThat(json.get("findings")).hasSize(2);
    JsonNode summary = json.get("summary");
    assertThat(summary.get("models").asInt()).isEqualTo(3);
    assertThat(summary.get("byOp").get("ai.onnx::ConvTranspose").get("nodes").asInt()).isEqualTo(1);
  }

  private static Offset<Double> within() {
    return Offset.offset(1e-9);
  }

  @ParameterizedTest
  @CsvSource({"error, 0", "warning, 1", "none, 0"})
  void aFallbackFailsOnlyWhereWarningsDo(String failOn, int code) {
    assertThat(Run.of("check", partial("t"), "--fail-on", failOn).code()).isEqualTo(code);
  }

  @Test
  void lowCoverageFails() {
    assertThat(Run.of("check", partial("t"), "--min-coverage", "0.5").code()).isEqualTo(1);
    assertThat(Run.of("check", partial("t"), "--min-coverage", "0.05").code()).isEqualTo(0);
  }

  @Test
  void aWeightThatCouldOnlyBeGuessedIsAnError() {
    Path weightless =
        model(
            "weightless.onnx",
            """
            g (float[2,3,4,4] x, float[2,3,1,1] w, float[2,4,4] odd) => (float y) {
              c = Conv (x, w)
              y = Mul (c, odd)
            }
            """);
    Run run = Run.of("check", weightless, "--json");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.json().get("findings").get(0).get("severity").asText()).isEqualTo("error");
    assertThat(run.json().get("findings").get(0).get("tensor").asText()).isEqualTo("odd");
  }

  @Test
  void aBaselineAcceptsWhatItKnowsAndNothingNew() {
    Path baseline = folder.resolve("baseline.json");
    Path known = partial("t");
    assertThat(Run.of("check", known, "--write-baseline", baseline).code()).isEqualTo(0);
    assertThat(Run.of("check", known, "--fail-on", "warning", "--baseline", baseline).code())
        .isEqualTo(0);
    assertThat(Run.of("check", partial("u"), "--fail-on", "warning", "--baseline", baseline).code())
        .isEqualTo(1);
  }

  @Test
  void sarifHoldsEveryFinding() throws Exception {
    JsonNode sarif = Run.of("check", partial("t"), refused(), "--format", "sarif").json();
    assertThat(sarif.get("version").asText()).isEqualTo("2.1.0");
    JsonNode run = sarif.get("runs").get(0);
    List<String> rules = new ArrayList<>();
    run.get("tool").get("driver").get("rules").forEach(rule -> rules.add(rule.get("id").asText()));
    assertThat(run.get("results")).hasSize(2);
    for (JsonNode result : run.get("results")) {
      assertThat(rules).contains(result.get("ruleId").asText());
      assertThat(result.get("level").asText()).isIn("error", "warning", "note");
      assertThat(result.get("message").get("text").asText()).isNotBlank();
      JsonNode location =
          result.get("locations").get(0).get("physicalLocation").get("artifactLocation");
      assertThat(location.get("uri").asText()).endsWith(".onnx");
    }
  }

  @Test
  void junitIsOneTestCaseForEachModel() throws Exception {
    String xml =
        Run.of(
                "check",
                full(),
                partial("\"<script>\""),
                refused(),
                "--format",
                "junit",
                "--fail-on",
                "warning")
            .out();
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(xml)));
    assertThat(document.getElementsByTagName("testcase").getLength()).isEqualTo(3);
    int failed =
        document.getElementsByTagName("failure").getLength()
            + document.getElementsByTagName("error").getLength();
    assertThat(failed).isEqualTo(2);
  }

  @Test
  void markdownShowsNamesAsText() {
    Run run = Run.of("check", partial("\"<script>alert(1)</script>\""), "--format", "markdown");
    assertThat(run.out())
        .contains("onnx-ghn check: passed", "ConvTranspose")
        .doesNotContain("<script>");
  }
}
