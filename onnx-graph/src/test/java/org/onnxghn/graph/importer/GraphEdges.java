package org.onnxghn.graph.importer;

import java.util.ArrayList;
import java.util.List;
import org.onnxghn.GraphText;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;

/**
 * Imports models written as text, and writes graphs down as their edges, so that tests can compare
 * them.
 */
final class GraphEdges {
  private GraphEdges() {}

  static ImportedGraph imported(String text) {
    return GraphImporter.importGraph(GraphText.model(text));
  }

  /** Edges between nodes, named by parameter or primitive. */
  static List<String> edges(ComputationalGraph graph) {
    List<String> edges = new ArrayList<>();
    for (GraphNode node : graph.nodes()) {
      for (int next : graph.successors(node.index())) {
        edges.add(label(node) + ">" + label(graph.nodes().get(next)));
      }
    }
    return edges;
  }

  private static String label(GraphNode node) {
    return node.slots().isEmpty() ? node.primitive().label() : node.slots().get(0).parameter();
  }

  static Parameter parameter(ImportedGraph graph, String name) {
    return graph.parameters().stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow();
  }
}
