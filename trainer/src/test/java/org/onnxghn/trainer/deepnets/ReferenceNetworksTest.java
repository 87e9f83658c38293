package org.onnxghn.trainer.deepnets;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    ComputationalGraph expected = GoldenGraph.read("golden/deepnets/" + file);
    List<String> nodes = nodes(graph);
    List<String> expectedNodes = nodes(expected);
    assertThat(sorted(nodes)).isEqualTo(sorted(expectedNodes));
    assertThat(edges(graph, nodes)).isEqualTo(edges(expected, expectedNodes));
    assertThat(parameters(graph)).isEqualTo(usedParameters(golden));
  }

  /**
   * What tells nodes apart in both graphs: primitive, shape, parameter, and the distances from and
   * to each node that has a parameter. Order and most other names are free.
   */
  private static List<String> nodes(ComputationalGraph graph) {
    ShortestPaths paths = ShortestPaths.of(graph, 255);
    Map<String, Integer> known = new TreeMap<>(Map.of("input", 0));
    for (GraphNode node : graph.nodes()) {
      node.slots().stream().findFirst().ifPresent(s -> known.put(s.parameter(), node.index()));
    }
    List<String> nodes = new ArrayList<>();
    for (GraphNode node : graph.nodes()) {
      List<String> distances = new ArrayList<>();
      known.forEach(
          (name, index) ->
              distances.add(
                  "%s %d %d"
                      .formatted(
                          name,
                          paths.distance(index, node.index()),
                          paths.distance(node.index(), index))));
      String parameter = node.slots().isEmpty() ? "" : node.slots().get(0).parameter();
      nodes.add(
          "%s %s %s, distances %08x"
              .formatted(node.primitive().label(), node.shape(), parameter, distances.hashCode()));
    }
    return nodes;
  }

  private static List<String> edges(ComputationalGraph graph, List<String> nodes) {
    List<String> edges = new ArrayList<>();
    for (int from = 0; from < graph.size(); from++) {
      for (int to : graph.successors(from)) {
        edges.add(nodes.get(from) + " -> " + nodes.get(to));
      }
    }
    return sorted(edges);
  }

  private static List<String> sorted(List<String> texts) {
    return texts.stream().sorted().toList();
  }

  private static Map<String, String> parameters(ComputationalGraph graph) {
    Map<String, String> shapes = new TreeMap<>();
    for (GraphNode node : graph.nodes()) {
      node.slots()
          .forEach(slot -> shapes.put(slot.parameter(), Arrays.toString(slot.shape().dims())));
    }
    return shapes;
  }

  /** The reference makes parameters that nothing uses, too; they have no node. */
  private static Map<String, String> usedParameters(JsonNode golden) {
    Set<String> used = new HashSet<>();
    for (JsonNode node : golden.get("nodes")) {
      if (node.get("has_param").asBoolean()) {
        String name = node.get("param_name").asText();
        used.add(name);
        if (node.get("prim_name").asText().matches("bn|ln")) {
          used.add(name.replaceFirst("weight$", "bias"));
        }
      }
    }
    Map<String, String> shapes = new TreeMap<>();
    for (JsonNode parameter : golden.get("params")) {
      if (used.contains(parameter.get(0).asText())) {
        shapes.put(parameter.get(0).asText(), parameter.get(1).toString().replace(",", ", "));
      }
    }
    return shapes;
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
