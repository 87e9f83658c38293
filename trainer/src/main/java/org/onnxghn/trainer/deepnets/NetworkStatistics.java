package org.onnxghn.trainer.deepnets;

import java.util.Arrays;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.importer.GraphImporter;

/**
 * Properties of an architecture's graph, as the reference measures those of DeepNets-1M: edges have
 * no direction, and virtual edges do not count.
 *
 * @param nodes of the computational graph
 * @param edges of it
 * @param parameters trainable elements
 * @param degree mean number of edges of a node
 * @param pathLength mean length of the shortest paths between all pairs of nodes
 */
public record NetworkStatistics(
    String name, int nodes, int edges, long parameters, double degree, double pathLength) {

  /** Imports the architecture and measures it. */
  public static NetworkStatistics of(Architecture architecture) {
    ImportedGraph imported = GraphImporter.importGraph(architecture.model());
    ComputationalGraph graph = imported.graph();
    return new NetworkStatistics(
        architecture.name(),
        graph.size(),
        graph.edges(),
        imported.trainableElements(),
        2.0 * graph.edges() / graph.size(),
        pathLength(neighbours(graph)));
  }

  private static int[][] neighbours(ComputationalGraph graph) {
    int n = graph.size();
    int[] degrees = new int[n];
    for (int from = 0; from < n; from++) {
      for (int to : graph.successors(from)) {
        degrees[from]++;
        degrees[to]++;
      }
    }
    int[][] neighbours = new int[n][];
    Arrays.setAll(neighbours, node -> new int[degrees[node]]);
    for (int from = 0; from < n; from++) {
      for (int to : graph.successors(from)) {
        neighbours[from][--degrees[from]] = to;
        neighbours[to][--degrees[to]] = from;
      }
    }
    return neighbours;
  }

  /** Breadth-first from every node; pairs that no path joins do not count. */
  private static double pathLength(int[][] neighbours) {
    int n = neighbours.length;
    int[] distances = new int[n];
    int[] queue = new int[n];
    long sum = 0;
    long pairs = 0;
    for (int from = 0; from < n; from++) {
      Arrays.fill(distances, -1);
      distances[from] = 0;
      queue[0] = from;
      int reached = 1;
      for (int next = 0; next < reached; next++) {
        int node = queue[next];
        sum += distances[node];
        for (int neighbour : neighbours[node]) {
          if (distances[neighbour] < 0) {
            distances[neighbour] = distances[node] + 1;
            queue[reached++] = neighbour;
          }
        }
      }
      pairs += reached - 1;
    }
    return (double) sum / Math.max(1, pairs);
  }
}
