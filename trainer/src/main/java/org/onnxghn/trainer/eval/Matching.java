package org.onnxghn.trainer.eval;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.jgrapht.alg.matching.KuhnMunkresMinimalWeightBipartitePerfectMatching;
import org.jgrapht.graph.DefaultWeightedEdge;
import org.jgrapht.graph.SimpleWeightedGraph;

/**
 * Matches the output channels of two weights: the Hungarian method (Kuhn and Munkres) finds the
 * order of the second one's channels in which the two have the largest cosine, of either sign. The
 * order of input channels stays as it is.
 */
final class Matching {
  private Matching() {}

  /**
   * {@code 1 - |cos|} in the best order.
   *
   * @param outputs number of output channels, the first dimension of both
   */
  static double distance(float[] one, float[] two, int outputs) {
    if (outputs == 1) {
      return Diversity.distance(one, two);
    }
    double[][] products = products(one, two, outputs);
    int[] positive = assign(products, 1);
    int[] negative = assign(products, -1);
    boolean keeps = Math.abs(sum(products, positive)) >= Math.abs(sum(products, negative));
    return Diversity.distance(one, reordered(two, keeps ? positive : negative));
  }

  private static double[][] products(float[] one, float[] two, int outputs) {
    int length = one.length / outputs;
    double[][] products = new double[outputs][outputs];
    for (int i = 0; i < outputs; i++) {
      for (int j = 0; j < outputs; j++) {
        double sum = 0;
        for (int k = 0; k < length; k++) {
          sum += (double) one[i * length + k] * two[j * length + k];
        }
        products[i][j] = sum;
      }
    }
    return products;
  }

  /** For each channel of the first one the channel of the second, with the largest signed sum. */
  private static int[] assign(double[][] products, int sign) {
    int n = products.length;
    SimpleWeightedGraph<Integer, DefaultWeightedEdge> graph =
        new SimpleWeightedGraph<>(DefaultWeightedEdge.class);
    List<Integer> left = new ArrayList<>();
    List<Integer> right = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      left.add(i);
      right.add(n + i);
      graph.addVertex(i);
      graph.addVertex(n + i);
    }
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        graph.setEdgeWeight(graph.addEdge(i, n + j), -sign * products[i][j]);
      }
    }
    int[] order = new int[n];
    new KuhnMunkresMinimalWeightBipartitePerfectMatching<>(
            graph, new HashSet<>(left), new HashSet<>(right))
        .getMatching()
        .getEdges()
        .forEach(edge -> order[graph.getEdgeSource(edge)] = graph.getEdgeTarget(edge) - n);
    return order;
  }

  private static double sum(double[][] products, int[] order) {
    double sum = 0;
    for (int i = 0; i < order.length; i++) {
      sum += products[i][order[i]];
    }
    return sum;
  }

  private static float[] reordered(float[] values, int[] order) {
    int length = values.length / order.length;
    float[] result = new float[values.length];
    for (int i = 0; i < order.length; i++) {
      System.arraycopy(values, order[i] * length, result, i * length, length);
    }
    return result;
  }
}
