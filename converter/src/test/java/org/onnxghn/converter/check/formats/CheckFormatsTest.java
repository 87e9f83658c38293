package org.onnxghn.converter.check.formats;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.SharedData;
import org.onnxghn.converter.check.Check;
import org.onnxghn.converter.check.CheckOptions;
import org.onnxghn.converter.check.CheckReport;
import org.onnxghn.converter.check.ModelCheck;
import org.onnxghn.converter.check.ModelFiles;
import org.onnxghn.converter.check.ModelFinding;
import org.onnxghn.converter.check.Verdict;
import org.onnxghn.converter.report.Coverage;
import org.onnxghn.converter.report.Style;
import org.onnxghn.graph.Finding.Severity;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What other programs read. */
class CheckFormatsTest {
  /** Markup, template and terminal control, mentions and links. */
  private static final String HOSTILE =
      "a|b`c`<script>alert(1)</script></details>@everyone [x](http://e.org) **b** _i_ ]]>&amp;\u001b[31m\n# h"
          + "\u202e\ud800\ufffe";

  @TempDir private static Path folder;
  private static CheckReport shared;

  @BeforeAll
  static void check() throws IOException {
    Path vit = folder.resolve("with space ü.onnx");
    try (InputStream stream = SharedData.open("torchvision/vit_b_16.opset17.onnx.gz")) {
      Files.copy(stream, vit);
    }
    List<Path> models =
        new ArrayList<>(
            ModelFiles.find(
                List.of(
                    SharedData.path("models/real").toString(),
                    SharedData.path("hostile").toString())));
    models.add(vit);
    shared = new Check(CheckOptions.DEFAULT, model -> {}, (model, e) -> {}).run(models);
  }

  /** A report in which every text is hostile. */
  private static CheckReport hostile(int findings) {
    List<ModelFinding> list = new ArrayList<>();
    for (int i = 0; i < findings; i++) {
      list.add(
          new ModelFinding(
              HOSTILE,
              "OG-251",
              Severity.WARNING,
              HOSTILE,
              HOSTILE + i,
              HOSTILE,
              HOSTILE,
              1L,
              HOSTILE,
              7,
              HOSTILE,
              "0".repeat(32),
              false));
    }
    ModelCheck model =
        new ModelCheck(
            HOSTILE, Verdict.PARTIAL, new Coverage(1, 0, 1, 0, 0.5), list, List.of(), 0.1);
    CheckReport.Summary summary =
        new CheckReport.Summary(
            1,
            0,
            1,
            0,
            0,
            java.util.Map.of(HOSTILE + "::" + HOSTILE, new CheckReport.Places(1, findings)));
    return new CheckReport(List.of(model), list, summary);
  }

  private static String print(CheckFormat format, CheckReport report) {
    return format.print(report, CheckOptions.DEFAULT, Style.PLAIN);
  }

  private static JsonSchema sarifSchema() throws IOException {
    try (InputStream schema =
        CheckFormatsTest.class.getResourceAsStream("/schema/sarif-schema-2.1.0.json")) {
      return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(schema);
    }
  }

  @Test
  void sarifIsValidAndHasEveryFinding() throws IOException {
    JsonSchema schema = sarifSchema();
    assertThat(schema.validate("{\"version\":\"2.1.0\"}", InputFormat.JSON)).isNotEmpty();
    for (CheckReport report : List.of(shared, hostile(3))) {
      String sarif = print(CheckFormat.SARIF, report);
      assertThat(schema.validate(sarif, InputFormat.JSON)).isEmpty();
      JsonNode run = new ObjectMapper().readTree(sarif).path("runs").path(0);
      assertThat(run.path("results")).hasSize(report.findings().size()).isNotEmpty();
      List<String> rules = new ArrayList<>();
      for (JsonNode rule : run.path("tool").path("driver").path("rules")) {
        rules.add(rule.path("id").asText());
        assertThat(rule.path("help").path("text").asText()).isNotBlank();
      }
      for (JsonNode result : run.path("results")) {
        assertThat(rules.get(result.path("ruleIndex").asInt()))
            .isEqualTo(result.path("ruleId").asText());
        JsonNode artifact =
            result.path("locations").path(0).path("physicalLocation").path("artifactLocation");
        assertThat(
                run.path("artifacts")
                    .path(artifact.path("index").asInt())
                    .path("location")
                    .path("uri"))
            .isEqualTo(artifact.path("uri"));
        assertThat(java.net.URI.create(artifact.path("uri").asText())).isNotNull();
      }
    }
    assertThat(print(CheckFormat.SARIF, shared)).contains("with%20space%20%C3%BC.onnx");
  }

  @Test
  void sarifNamesNodesAndTensors() throws IOException {
    JsonNode results =
        new ObjectMapper()
            .readTree(print(CheckFormat.SARIF, shared))
            .path("runs")
            .path(0)
            .path("results");
    boolean token = false;
    for (JsonNode result : results) {
      for (JsonNode logical : result.path("locations").path(0).path("logicalLocations")) {
        token |= logical.path("name").asText().equals("class_token");
      }
    }
    assertThat(token).isTrue();
  }

  /** GitHub takes results with the same one for the same. */
  @Test
  void sarifResultsHaveFingerprintsOfTheirOwn() throws IOException {
    List<String> hashes = new ArrayList<>();
    for (JsonNode result :
        new ObjectMapper()
            .readTree(print(CheckFormat.SARIF, shared))
            .path("runs")
            .path(0)
            .path("results")) {
      JsonNode fingerprints = result.path("partialFingerprints");
      hashes.add(fingerprints.path("primaryLocationLineHash").asText());
    }
    assertThat(hashes).hasSize(shared.findings().size()).doesNotHaveDuplicates();
    assertThat(hashes).allSatisfy(hash -> assertThat(hash).matches("[0-9a-f]{32}"));
  }

  @Test
  void everyCodeOfAFindingHasARule() {
    Set<String> known = Rule.all().keySet();
    assertThat(shared.findings()).allMatch(finding -> known.contains(finding.code()));
  }

  @Test
  void junitHasOneCaseForEachModel() throws Exception {
    Element suite = suite(shared);
    NodeList cases = suite.getElementsByTagName("testcase");
    assertThat(cases.getLength()).isEqualTo(shared.models().size());
    assertThat(suite.getAttribute("tests")).isEqualTo("" + shared.models().size());
    assertThat(suite.getAttribute("errors")).isEqualTo("" + shared.summary().refused());
    assertThat(suite.getElementsByTagName("error").getLength())
        .isEqualTo(shared.summary().refused())
        .isPositive();
    assertThat(suite.getElementsByTagName("failure").getLength())
        .isEqualTo(Integer.parseInt(suite.getAttribute("failures")));
    assertThat(suite.getElementsByTagName("skipped").getLength())
        .isEqualTo(Integer.parseInt(suite.getAttribute("skipped")))
        .isPositive();
    assertThat(suite.getElementsByTagName("system-out").getLength()).isEqualTo(cases.getLength());
    Element out = (Element) suite(hostile(2)).getElementsByTagName("system-out").item(0);
    assertThat(out.getTextContent()).contains("<script>").contains("\\u{1b}[31m");
  }

  private static Element suite(CheckReport report) throws Exception {
    byte[] xml = print(CheckFormat.JUNIT, report).getBytes(StandardCharsets.UTF_8);
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(xml));
    assertThat(document.getDocumentElement().getTagName()).isEqualTo("testsuites");
    return (Element) document.getElementsByTagName("testsuite").item(0);
  }

  @Test
  void markdownFitsACommentAndHoldsNoMarkupFromNames() {
    for (CheckReport report : List.of(shared, hostile(3), hostile(50_000))) {
      String markdown = print(CheckFormat.MARKDOWN, report);
      assertThat(markdown).startsWith("### onnx-ghn check: ").hasSizeLessThan(65_536);
      assertThat(markdown).doesNotContain("<script", "@everyone", "](", "http:", "**b**", "\u001b");
      assertThat(markdown.split("<details>", -1).length)
          .isEqualTo(markdown.split("</details>", -1).length);
    }
    assertThat(print(CheckFormat.MARKDOWN, hostile(50_000))).contains("49980 more");
  }

  @Test
  void textListsEveryFindingOnALineOfItsOwn() {
    String text = print(CheckFormat.TEXT, hostile(30));
    assertThat(text.lines().filter(line -> line.startsWith("    a|b"))).hasSize(30);
    assertThat(text).doesNotContain("\u001b", "\u202e");
    assertThat(print(CheckFormat.TEXT, shared).lines().count())
        .isGreaterThan(shared.findings().size() + shared.models().size());
  }

  @Test
  void jsonHasNoControlOrFormatCharactersFromNames() {
    for (CheckFormat format : List.of(CheckFormat.JSON, CheckFormat.SARIF)) {
      assertThat(print(format, hostile(2)))
          .contains("\\u202e\\ud800\\ufffe")
          .doesNotContain("\u202e", "\ufffe");
    }
  }
}
