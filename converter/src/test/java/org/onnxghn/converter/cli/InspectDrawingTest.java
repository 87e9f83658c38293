package org.onnxghn.converter.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.SharedData;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** Pictures of graphs, and the documented fields. */
class InspectDrawingTest {
  @TempDir private Path folder;

  private Path network(String name) throws IOException {
    Path model = folder.resolve(name + ".onnx");
    try (InputStream stream = SharedData.open("torchvision/" + name + ".opset13.onnx.gz")) {
      Files.copy(stream, model);
    }
    return model;
  }

  private static List<String> keys(JsonNode object) {
    List<String> keys = new ArrayList<>();
    object.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  @Test
  void jsonHasTheDocumentedFieldsAndTheReferencesGraph() throws IOException {
    Run run = Run.of("inspect", network("resnet50"), "--json");
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode json = run.json();
    assertThat(keys(json)).contains("tool", "version", "command", "formatVersion", "input", "ops");
    assertThat(keys(json.path("input")))
        .contains("path", "sha256", "bytes", "irVersion", "opsets", "producer", "nodes")
        .contains("parameterTensors", "parameterElements");
    assertThat(json.path("input").path("parameterElements").asLong()).isEqualTo(25_557_032L);
    for (JsonNode op : json.path("ops")) {
      assertThat(keys(op))
          .contains("domain", "opType", "sinceVersion", "count", "use", "primitive", "executable");
      assertThat(op.path("use").asText()).isIn("primitive", "transparent", "merge", "unsupported");
    }
    JsonNode conv = op(json, "Conv");
    assertThat(conv.path("count").asInt()).isEqualTo(53);
    assertThat(conv.path("use").asText()).isEqualTo("primitive");
    assertThat(conv.path("sinceVersion").asInt()).isEqualTo(11);

    JsonNode golden;
    try (InputStream stream = SharedData.open("golden/graphs_all/resnet50.json.gz")) {
      golden = new ObjectMapper().readTree(stream);
    }
    JsonNode graph = json.path("graph");
    assertThat(graph.path("nodes")).hasSize(golden.path("n_nodes").asInt());
    assertThat(graph.path("edges")).hasSize(golden.path("n_edges_1hop").asInt());
    assertThat(keys(graph.path("nodes").path(0)))
        .contains("index", "primitive", "parameter", "shape", "bias");
    assertThat(graph.path("nodes").path(0).path("primitive").asText()).isEqualTo("input");
    JsonNode norm = graph.path("nodes").path(2);
    assertThat(norm.path("parameter").asText()).isEqualTo("bn1.weight");
    assertThat(norm.path("bias").asText()).isEqualTo("bn1.bias");
  }

  private static JsonNode op(JsonNode json, String type) {
    for (JsonNode op : json.path("ops")) {
      if (op.path("opType").asText().equals(type)) {
        return op;
      }
    }
    throw new AssertionError("no " + type + " in " + json.path("ops"));
  }

  @Test
  void everyNodeIsDrawnWithItsNameAsTooltip() throws Exception {
    for (String name : List.of("resnet50", "densenet201")) {
      Path file = folder.resolve(name + ".svg");
      Run run = Run.of("inspect", network(name), "--graph", file, "--json");
      assertThat(run.code()).as(run.err()).isZero();
      JsonNode graph = run.json().path("graph");
      Document svg = parse(file);
      assertThat(svg.getElementsByTagName("polyline").getLength())
          .isEqualTo(graph.path("edges").size());
      var groups = svg.getElementsByTagName("g");
      assertThat(groups.getLength()).isEqualTo(graph.path("nodes").size());
      List<String> tooltips = new ArrayList<>();
      for (int i = 0; i < groups.getLength(); i++) {
        Element title = (Element) ((Element) groups.item(i)).getElementsByTagName("title").item(0);
        tooltips.add(title.getTextContent());
      }
      for (JsonNode node : graph.path("nodes")) {
        if (!node.path("parameter").isNull()) {
          String parameter = node.path("parameter").asText();
          assertThat(tooltips).anyMatch(tooltip -> tooltip.lines().anyMatch(parameter::equals));
        }
      }
    }
  }

  @Test
  void nodesDoNotLieOnEachOther() throws Exception {
    Path file = folder.resolve("g.svg");
    Run.of("inspect", network("googlenet"), "--graph", file);
    List<double[]> boxes = new ArrayList<>();
    var groups = parse(file).getElementsByTagName("g");
    for (int i = 0; i < groups.getLength(); i++) {
      Element box = (Element) ((Element) groups.item(i)).getElementsByTagName("rect").item(0);
      boxes.add(
          new double[] {
            number(box, "x"), number(box, "y"), number(box, "width"), number(box, "height")
          });
    }
    assertThat(boxes).hasSize(140);
    for (double[] a : boxes) {
      for (double[] b : boxes) {
        boolean apart =
            a == b
                || a[0] + a[2] <= b[0]
                || b[0] + b[2] <= a[0]
                || a[1] + a[3] <= b[1]
                || b[1] + b[3] <= a[1];
        assertThat(apart).isTrue();
      }
    }
  }

  private static double number(Element element, String attribute) {
    return Double.parseDouble(element.getAttribute(attribute));
  }

  @Test
  void hostileNamesStayText() throws Exception {
    Path model = SharedData.path("hostile/names_html_script.onnx");
    Path svg = folder.resolve("h.svg");
    Path dot = folder.resolve("h.dot");
    assertThat(Run.of("inspect", model, "--graph", svg).code()).isZero();
    assertThat(Files.readString(svg)).doesNotContain("<script", "onload=\"");
    assertThat(parse(svg).getElementsByTagName("script").getLength()).isZero();
    assertThat(Run.of("inspect", model, "--graph", dot).code()).isZero();
    String text = Files.readString(dot);
    assertThat(text).startsWith("digraph \"").endsWith("}\n");
    assertThat(text.replaceAll("\\\\.", "").chars().filter(c -> c == '"').count() % 2).isZero();
  }

  @Test
  void jsonFileIsTheGraphOfTheOutput() throws IOException {
    Path file = folder.resolve("g.JSON");
    Run run = Run.of("inspect", network("vgg11"), "--graph", file, "--json");
    JsonNode written = new ObjectMapper().readTree(Files.readString(file));
    assertThat(written.path("nodes")).isEqualTo(run.json().path("graph").path("nodes"));
    assertThat(written.path("edges")).isEqualTo(run.json().path("graph").path("edges"));
  }

  @Test
  void wrongFilesAreRefused() throws IOException {
    Path model = network("vgg11");
    byte[] before = Files.readAllBytes(model);
    assertThat(Run.of("inspect", model, "--graph", folder.resolve("g.png")).err())
        .contains("OG-413");
    assertThat(Run.of("inspect", model, "--graph", folder.resolve("no/g.svg")).code()).isEqualTo(2);
    Path alias = Files.createSymbolicLink(folder.resolve("alias.svg"), model);
    Run run = Run.of("inspect", model, "--graph", alias);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("OG-402");
    assertThat(Files.readAllBytes(model)).isEqualTo(before);
    assertThat(Run.of("inspect", SharedData.path("hostile/truncated_60pct.onnx")).code())
        .isEqualTo(2);
  }

  private static Document parse(Path svg) throws Exception {
    return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(svg.toFile());
  }
}
