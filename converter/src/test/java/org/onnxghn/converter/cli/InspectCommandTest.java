package org.onnxghn.converter.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.GoldenGraph;
import org.onnxghn.GraphText;
import org.onnxghn.SharedData;
import org.onnxghn.onnx.WriteOptions;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

/** {@code onnx-ghn inspect}: the graph that it prints against the reference's, and its pictures. */
class InspectCommandTest {
  @TempDir Path folder;

  @Test
  void theGraphIsThatOfTheReference() {
    Path model = SharedData.path("golden/onnx/small_cnn.nc10.onnx");
    JsonNode json = Run.of("inspect", model, "--format", "json").json();
    JsonNode golden = GoldenGraph.json("golden/graphs/small_cnn.nc10.json.gz");
    JsonNode nodes = json.get("graph").get("nodes");
    assertThat(nodes).hasSize(golden.get("nodes").size());
    assertThat(json.get("graph").get("edges")).hasSize(golden.get("edges_1hop").size());
    assertThat(nodes.get(0).get("primitive").asText()).isEqualTo("input");
    assertThat(nodes.get(0).get("parameter").isNull()).isTrue();
    for (JsonNode expected : golden.get("nodes")) {
      String name = expected.get("param_name").asText();
      if (expected.get("has_param").asBoolean()) {
        assertThat(nodes)
            .anySatisfy(
                node -> {
                  assertThat(node.get("parameter").asText()).isEqualTo(name);
                  assertThat(node.get("primitive")).isEqualTo(expected.get("prim_name"));
                  assertThat(node.get("shape")).isEqualTo(expected.get("info").get("size"));
                });
      }
    }
    for (JsonNode op : json.get("ops")) {
      assertThat(op.get("use").asText()).isIn("primitive", "transparent", "merge", "unsupported");
    }
  }

  @Test
  void namesInThePictureAreText() throws Exception {
    Path model = folder.resolve("m.onnx");
    GraphText.model(
            "g (float[N,2,4,4] x) => (float y) <float[3,2,1,1] \"</title><script>alert(1)</script>&\"> { y = Conv (x,"
                + " \"</title><script>alert(1)</script>&\") }")
        .write(model, WriteOptions.DEFAULT);
    Path svg = folder.resolve("m.svg");
    assertThat(Run.of("inspect", model, "--graph", svg).code()).isZero();
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(Files.readString(svg))));
    assertThat(document.getDocumentElement().getTagName()).isEqualTo("svg");
    assertThat(document.getElementsByTagName("script").getLength()).isZero();
    assertThat(Files.readString(svg)).contains("&lt;script&gt;");
  }

  @Test
  void theConventionDecidesWhereALinearWithoutBiasStands() {
    Path model = SharedData.path("golden/graphs_quirks/linear_nobias_mid.onnx");
    JsonNode reference = Run.of("inspect", model, "--json").json();
    JsonNode natural = Run.of("inspect", model, "--json", "--graph-convention", "natural").json();
    assertThat(reference.get("graph").get("edges").size())
        .isEqualTo(natural.get("graph").get("edges").size() + 1);
  }

  @Test
  void pictureFilesOfOtherKindsAreRefusedBeforeAnythingIsWritten() {
    Path model = SharedData.path("golden/onnx/small_cnn.nc10.onnx");
    Path out = folder.resolve("graph.bmp");
    Run run = Run.of("inspect", model, "--graph", out);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("OG-413");
    assertThat(out).doesNotExist();
  }

  @Test
  void dotAndJsonFilesHoldTheSameEdges() throws Exception {
    Path model = SharedData.path("golden/onnx/small_cnn.nc10.onnx");
    Path dot = folder.resolve("g.dot");
    Path json = folder.resolve("g.json");
    assertThat(Run.of("inspect", model, "--graph", dot).code()).isZero();
    assertThat(Run.of("inspect", model, "--graph", json).code()).isZero();
    assertThat(Files.readString(dot).lines().filter(line -> line.contains("->"))).hasSize(27);
    assertThat(Files.readString(json)).contains("\"edges\"");
  }
}
