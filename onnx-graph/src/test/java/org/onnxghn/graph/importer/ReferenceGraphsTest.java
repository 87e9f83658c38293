package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.onnxghn.GoldenGraph;
import org.onnxghn.SharedData;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.Primitive;
import org.onnxghn.graph.ShortestPaths;
import org.onnxghn.onnx.OnnxModel;

/** The importer's graphs of real exports against those of the reference implementation. */
class ReferenceGraphsTest {
  @TempDir Path folder;

  static Stream<String> torchvision() {
    return SharedData.list("torchvision", ".onnx.gz");
  }

  static Stream<String> tenClasses() {
    return SharedData.list("golden/onnx", "");
  }

  static Stream<String> quirks() {
    return SharedData.list("golden/graphs_quirks", ".onnx");
  }

  @ParameterizedTest
  @MethodSource("torchvision")
  void importsTorchvisionNetworksAsTheReferenceDoes(String file) throws IOException {
    String name = file.substring(0, file.indexOf('.'));
    String eval = "golden/graphs_all/" + name + ".eval.json.gz";
    JsonNode golden =
        GoldenGraph.json(SharedData.exists(eval) ? eval : "golden/graphs_all/" + name + ".json.gz");
    compare(imported("torchvision/" + file), golden);
  }

  @ParameterizedTest
  @MethodSource("tenClasses")
  void importsNetworksOfTenClassesAsTheReferenceDoes(String file) throws IOException {
    String name = file.substring(0, file.indexOf('.'));
    compare(
        imported("golden/onnx/" + file),
        GoldenGraph.json("golden/graphs/" + name + ".nc10.json.gz"));
  }

  @ParameterizedTest
  @MethodSource("quirks")
  void followsTheReferencesQuirks(String file) throws IOException {
    String golden = "golden/graphs_quirks/" + file.replace(".onnx", ".json.gz");
    compare(imported("golden/graphs_quirks/" + file), GoldenGraph.json(golden));
  }

  private ImportedGraph imported(String relative) throws IOException {
    Path path = folder.resolve("model.onnx");
    try (InputStream in = SharedData.open(relative)) {
      Files.copy(in, path);
    }
    return GraphImporter.importGraph(OnnxModel.read(path));
  }

  private static void compare(ImportedGraph imported, JsonNode golden) {
    ComputationalGraph graph = imported.graph();
    Map<String, Integer> expectedPrimitives = new TreeMap<>();
    Map<String, Integer> expectedNodes = new LinkedHashMap<>();
    for (JsonNode node : golden.get("nodes")) {
      expectedPrimitives.merge(node.get("prim_name").asText(), 1, Integer::sum);
      if (node.get("has_param").asBoolean()) {
        expectedNodes.put(node.get("param_name").asText(), node.get("i").asInt());
      }
    }
    Map<String, Integer> primitives = new TreeMap<>();
    Map<String, Integer> nodes = new HashMap<>();
    for (GraphNode node : graph.nodes()) {
      primitives.merge(node.primitive().label(), 1, Integer::sum);
      if (!node.slots().isEmpty()) {
        nodes.put(node.slots().get(0).parameter(), node.index());
      }
    }
    assertThat(new TreeSet<>(nodes.keySet())).isEqualTo(new TreeSet<>(expectedNodes.keySet()));
    assertThat(primitives).isEqualTo(expectedPrimitives);
    compareDistances(graph, nodes, golden, expectedNodes);

    if (golden.has("not_predicted")) {
      TreeSet<String> unpredicted = new TreeSet<>();
      golden
          .get("not_predicted")
          .forEach(
              entry -> unpredicted.add(entry.isArray() ? entry.get(0).asText() : entry.asText()));
      List<String> without =
          imported.parameters().stream()
              .filter(parameter -> parameter.slots().isEmpty() && parameter.role().isTrainable())
              .map(Parameter::name)
              .toList();
      assertThat(new TreeSet<>(without)).isEqualTo(unpredicted);
    }
  }

  private static void compareDistances(
      ComputationalGraph graph,
      Map<String, Integer> nodes,
      JsonNode golden,
      Map<String, Integer> expected) {
    int n = golden.get("nodes").size();
    int[][] successors = new int[n][0];
    for (JsonNode edge : golden.get("edges_1hop")) {
      int from = edge.get(0).asInt();
      successors[from] = Arrays.copyOf(successors[from], successors[from].length + 1);
      successors[from][successors[from].length - 1] = edge.get(1).asInt();
      Arrays.sort(successors[from]);
    }
    List<GraphNode> plain =
        IntStream.range(0, n)
            .mapToObj(i -> new GraphNode(i, Primitive.SUM, null, List.of(), ""))
            .toList();
    ShortestPaths theirs = ShortestPaths.of(new ComputationalGraph(plain, successors), 50);
    ShortestPaths ours = ShortestPaths.of(graph, 50);
    for (Map.Entry<String, Integer> from : expected.entrySet()) {
      int a = nodes.get(from.getKey());
      assertThat(ours.distance(0, a))
          .as("input to %s", from.getKey())
          .isEqualTo(theirs.distance(0, from.getValue()));
      for (Map.Entry<String, Integer> to : expected.entrySet()) {
        int b = nodes.get(to.getKey());
        if (ours.distance(a, b) != theirs.distance(from.getValue(), to.getValue())) {
          assertThat(ours.distance(a, b))
              .as("%s to %s", from.getKey(), to.getKey())
              .isEqualTo(theirs.distance(from.getValue(), to.getValue()));
        }
      }
    }
    if (n >= 3) {
      for (int place : new int[] {n - 2, n - 1}) {
        String name = golden.get("nodes").get(place).get("param_name").asText();
        if (expected.containsKey(name)) {
          assertThat(nodes.get(name)).as("place of %s", name).isEqualTo(place);
        }
      }
    }
  }
}
