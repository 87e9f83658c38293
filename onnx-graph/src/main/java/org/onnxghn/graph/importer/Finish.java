package org.onnxghn.graph.importer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.Primitive;
import org.onnxghn.onnx.OnnxException;

/**
 * Last phase: the input first, topological order by generations (so that the deepest layer, the
 * classifier's weight and bias, comes last, as in the reference), and the reference's rule for
 * classifiers in front of the global pooling.
 */
final class Finish {
  private Finish() {}

  static ComputationalGraph finish(Contract.Contracted contracted) {
    List<NodeSpec> specs = contracted.nodes();
    int n = specs.size();
    int[][] successors = successors(contracted.predecessors(), n);
    int[] order = byGeneration(successors, contracted.predecessors());
    int[] place = new int[n];
    for (int i = 0; i < n; i++) {
      place[order[i]] = i;
    }
    int[][] placed = new int[n][];
    for (int node = 0; node < n; node++) {
      placed[place[node]] = Arrays.stream(successors[node]).map(to -> place[to]).sorted().toArray();
    }
    poolBeforeClassifier(order, specs, contracted.predecessors());
    List<GraphNode> nodes = new ArrayList<>(n);
    for (int i = 0; i < n; i++) {
      NodeSpec spec = specs.get(order[i]);
      nodes.add(
          spec == null
              ? new GraphNode(i, Primitive.INPUT, null, List.of(), "input")
              : new GraphNode(i, spec.primitive, spec.shape, spec.slots, spec.name));
    }
    return new ComputationalGraph(nodes, placed);
  }

  static int[][] successors(List<int[]> predecessors, int n) {
    int[] counts = new int[n];
    for (int[] before : predecessors) {
      for (int node : before) {
        counts[node]++;
      }
    }
    int[][] successors = new int[n][];
    for (int node = 0; node < n; node++) {
      successors[node] = new int[counts[node]];
    }
    for (int node = n - 1; node >= 0; node--) {
      for (int before : predecessors.get(node)) {
        successors[before][--counts[before]] = node;
      }
    }
    return successors;
  }

  private static int[] byGeneration(int[][] successors, List<int[]> predecessors) {
    int n = successors.length;
    int[] waiting = new int[n];
    int[] order = new int[n];
    int size = 0;
    for (int node = 0; node < n; node++) {
      waiting[node] = predecessors.get(node).length;
      if (waiting[node] == 0) {
        order[size++] = node;
      }
    }
    // First in, first out: a node joins behind its last predecessor, so generations follow each
    // other.
    for (int done = 0; done < size; done++) {
      for (int next : successors[order[done]]) {
        if (--waiting[next] == 0) {
          order[size++] = next;
        }
      }
    }
    if (size < n) {
      throw new OnnxException(
          ImportCodes.CYCLE,
          (n - size) + " nodes of the computational graph form a circle",
          "ONNX graphs have no cycles; export the model again.");
    }
    return order;
  }

  /**
   * SqueezeNet's rule (GHN3.md 2.3): where a convolution with bias classifies and the global
   * pooling comes last, the pooling changes places with the two, so that they are the last nodes.
   * Only the nodes move; the edges stay between the places.
   */
  private static void poolBeforeClassifier(
      int[] order, List<NodeSpec> specs, List<int[]> predecessors) {
    int n = order.length;
    if (n < 4) {
      return;
    }
    int pool = order[n - 1];
    int bias = order[n - 2];
    int weight = order[n - 3];
    boolean chain = isOnly(predecessors.get(pool), bias) && isOnly(predecessors.get(bias), weight);
    if (chain
        && specs.get(pool).primitive == Primitive.GLOB_AVG
        && specs.get(bias).primitive == Primitive.BIAS
        && specs.get(weight).primitive == Primitive.CONV) {
      order[n - 3] = pool;
      order[n - 2] = weight;
      order[n - 1] = bias;
    }
  }

  private static boolean isOnly(int[] predecessors, int node) {
    return predecessors.length == 1 && predecessors[0] == node;
  }
}
