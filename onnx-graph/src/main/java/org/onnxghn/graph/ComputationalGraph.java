package org.onnxghn.graph;

import java.util.List;
import java.util.OptionalInt;

/**
 * The directed acyclic graph that the hypernetwork sees ({@code f^G} of the paper): node 0 is the
 * input, nodes are in topological order, there is at most one edge between two nodes, and the
 * classifier's weight and bias, where there are such, come last.
 */
public final class ComputationalGraph {
  /**
   * Nodes that a graph may have: more than any known network has. Attention needs {@code nodes^2 x
   * heads} numbers several times.
   */
  public static final int MAX_NODES = 4_096;

  private final List<GraphNode> nodes;
  private final int[][] successors;
  private final int edges;

  /**
   * @param nodes in topological order, indices 0, 1, 2, …
   * @param successors for each node the indices of its successors, ascending, without repetition
   * @throws IllegalArgumentException when indices or order do not hold
   */
  public ComputationalGraph(List<GraphNode> nodes, int[][] successors) {
    if (nodes.size() != successors.length) {
      throw new IllegalArgumentException(
          nodes.size() + " nodes, " + successors.length + " rows of edges");
    }
    this.nodes = List.copyOf(nodes);
    this.successors = new int[successors.length][];
    int count = 0;
    for (int from = 0; from < successors.length; from++) {
      if (nodes.get(from).index() != from) {
        throw new IllegalArgumentException(
            "node " + from + " has index " + nodes.get(from).index());
      }
      int last = from;
      for (int to : successors[from]) {
        if (to <= last || to >= successors.length) {
          throw new IllegalArgumentException("edge " + from + " -> " + to + " is out of order");
        }
        last = to;
      }
      this.successors[from] = successors[from].clone();
      count += successors[from].length;
    }
    this.edges = count;
  }

  /** The nodes, by index. */
  public List<GraphNode> nodes() {
    return nodes;
  }

  /** Number of nodes. */
  public int size() {
    return nodes.size();
  }

  /** Number of edges. */
  public int edges() {
    return edges;
  }

  /** Indices of the node's successors, ascending. */
  public int[] successors(int node) {
    return successors[node].clone();
  }

  /**
   * The last node, when it is a bias: what the class head decodes as the classifier's bias (GHN3.md
   * 5.2).
   */
  public OptionalInt classifierBias() {
    int last = nodes.size() - 1;
    return last > 0 && nodes.get(last).primitive() == Primitive.BIAS
        ? OptionalInt.of(last)
        : OptionalInt.empty();
  }

  /**
   * The second-last node, when it is a weight: what the class head decodes as the classifier's
   * weight (GHN3.md 5.2).
   */
  public OptionalInt classifierWeight() {
    int place = nodes.size() - 2;
    return place > 0 && nodes.get(place).shape() != null && isWeight(nodes.get(place).primitive())
        ? OptionalInt.of(place)
        : OptionalInt.empty();
  }

  private static boolean isWeight(Primitive primitive) {
    return switch (primitive) {
      case CONV, SEP_CONV, DIL_CONV, BN, LN, POS_ENC -> true;
      default -> false;
    };
  }
}
