package org.onnxghn.trainer.deepnets;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.onnxghn.GoldenGraph;
import org.onnxghn.SharedData;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.ShortestPaths;
import org.onnxghn.graph.importer.GraphImporter;

/** Networks of given genotypes against the reference's graphs of them, through the importer. */
class ReferenceNetworksTest {
  static Stream<String> networks() {
    return SharedData.list("golden/deepnets", ".json.gz");
  }

  @ParameterizedTest
  @MethodSource("networks")
  void isTheReferencesNetwork(String file) {
    JsonNode golden = GoldenGraph.json("golden/deepnets/" + file);
    Variant variant = file.contains("cifar") ? Variant.CIFAR : Variant.IMAGENET;
    JsonNode arguments = golden.get("net_args");
    Architecture architecture =
        DeepNets.network(
            file,
            genotype(arguments.get("genotype")),
            options(arguments, variant),
            variant,
            golden.get("num_classes").asInt());
    ImportedGraph imported = GraphImporter.importGraph(architecture.model());
    assertThat(imported.findings()).isEmpty();
    ComputationalGraph graph = imported.graph();

    Map<String, Integer> expected = new TreeMap<>();
    Map<String, Integer> actual = new TreeMap<>();
    Map<String, String> expectedPrimitives = new TreeMap<>();
    Map<String, String> primitives = new TreeMap<>();
    Map<String, Integer> counts = new TreeMap<>();
    for (JsonNode node : golden.get("nodes")) {
      counts.merge(node.get("prim_name").asText(), 1, Integer::sum);
      if (node.get("has_param").asBoolean()) {
        String name = node.get("param_name").asText();
        expected.put(name, node.get("i").asInt());
        expectedPrimitives.put(name, node.get("prim_name").asText() + " " + size(node));
      }
    }
    for (GraphNode node : graph.nodes()) {
      counts.merge(node.primitive().label(), -1, Integer::sum);
      if (!node.slots().isEmpty()) {
        String name = node.slots().get(0).parameter();
        actual.put(name, node.index());
        primitives.put(
            name,
            node.primitive().label()
                + " "
                + Arrays.toString(node.slots().get(0).shape().dims()).replace(" ", ""));
      }
    }
    assertThat(primitives).isEqualTo(expectedPrimitives);
    assertThat(counts.values()).as("primitives more or fewer: " + counts).containsOnly(0);
    compareDistances(graph, actual, golden, expected);
  }

  private static String size(JsonNode node) {
    return node.get("info").get("size").toString().replace(" ", "");
  }

  private static void compareDistances(
      ComputationalGraph graph,
      Map<String, Integer> actual,
      JsonNode golden,
      Map<String, Integer> expected) {
    int nodes = golden.get("n_nodes").asInt();
    List<List<Integer>> next = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      next.add(new ArrayList<>());
    }
    golden.get("edges_1hop").forEach(e -> next.get(e.get(0).asInt()).add(e.get(1).asInt()));
    ShortestPaths paths = ShortestPaths.of(graph, 50);
    // The input has no parameter; it is the first of both.
    expected.put("input", 0);
    actual.put("input", 0);
    for (Map.Entry<String, Integer> from : expected.entrySet()) {
      int[] distances = distances(next, from.getValue());
      Map<String, Integer> theirs = new TreeMap<>();
      Map<String, Integer> ours = new TreeMap<>();
      for (Map.Entry<String, Integer> to : expected.entrySet()) {
        int distance = distances[to.getValue()];
        theirs.put(to.getKey(), distance > 50 ? 0 : distance);
        int a = actual.get(from.getKey());
        ours.put(to.getKey(), paths.distance(a, actual.get(to.getKey())));
      }
      assertThat(ours).as("from " + from.getKey()).isEqualTo(theirs);
    }
  }

  private static int[] distances(List<List<Integer>> next, int from) {
    int[] distances = new int[next.size()];
    Deque<Integer> queue = new ArrayDeque<>(List.of(from));
    while (!queue.isEmpty()) {
      int node = queue.remove();
      for (int after : next.get(node)) {
        if (distances[after] == 0 && after != from) {
          distances[after] = distances[node] + 1;
          queue.add(after);
        }
      }
    }
    return distances;
  }

  private static Genotype genotype(JsonNode json) {
    List<Integer> concat = new ArrayList<>();
    json.get("normal_concat").forEach(state -> concat.add(state.asInt()));
    return new Genotype(edges(json.get("normal")), edges(json.get("reduce")), concat);
  }

  private static List<Genotype.Edge> edges(JsonNode json) {
    List<Genotype.Edge> edges = new ArrayList<>();
    json.forEach(
        edge ->
            edges.add(
                new Genotype.Edge(CellOperation.of(edge.get(0).asText()), edge.get(1).asInt())));
    return edges;
  }

  private static NetworkOptions options(JsonNode json, Variant variant) {
    return new NetworkOptions(
        json.get("C").asInt(),
        json.get("n_cells").asInt(),
        json.path("C_mult").asInt(2),
        json.path("stem_type").asInt(0),
        json.path("ks").asInt(3),
        variant == Variant.CIFAR ? 1 : 4,
        json.path("stem_pool").asBoolean(false),
        json.path("norm").asText("bnorm").equals("bnorm"),
        json.path("preproc").asBoolean(true),
        json.path("glob_avg").asBoolean(true),
        json.path("fc_layers").asInt(1),
        json.path("fc_dim").asInt(0));
  }
}
