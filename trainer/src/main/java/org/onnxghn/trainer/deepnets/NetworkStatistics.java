package org.onnxghn.trainer.deepnets;

import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.ShortestPaths;
import org.onnxghn.graph.importer.GraphImporter;

/**
 * Properties of an architecture's graph, as the GHN-2 paper's table of DeepNets-1M has them.
 *
 * @param nodes of the computational graph
 * @param edges of it
 * @param parameters trainable elements
 * @param degree mean number of edges of a node, in and out
 * @param pathLength mean length of the shortest paths that there are
 */
public record NetworkStatistics(
    String name, int nodes, int edges, long parameters, double degree, double pathLength) {
  /** Longer paths count as none; DeepNets-1M was stored with 250. */
  private static final int LONGEST = 250;

  /** Imports the architecture and measures it. */
  public static NetworkStatistics of(Architecture architecture) {
    ImportedGraph imported = GraphImporter.importGraph(architecture.model());
    ComputationalGraph graph = imported.graph();
    ShortestPaths paths = ShortestPaths.of(graph, LONGEST);
    long sum = 0;
    long count = 0;
    for (int from = 0; from < graph.size(); from++) {
      for (int to = from + 1; to < graph.size(); to++) {
        int distance = paths.distance(from, to);
        sum += distance;
        count += distance > 0 ? 1 : 0;
      }
    }
    long elements =
        imported.parameters().stream()
            .filter(parameter -> parameter.role().isTrainable())
            .mapToLong(parameter -> parameter.shape().elements())
            .sum();
    return new NetworkStatistics(
        architecture.name(),
        graph.size(),
        graph.edges(),
        elements,
        2.0 * graph.edges() / graph.size(),
        (double) sum / Math.max(1, count));
  }
}
