package org.onnxghn.converter.inspect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Role;

/**
 * A computational graph as {@code inspect} shows it.
 *
 * @param nodes in topological order; the first is the input
 * @param edges (from, to), in the order of nodes
 */
public record GraphReport(List<Node> nodes, List<List<Integer>> edges) {
  /**
   * A node.
   *
   * @param parameter ONNX name of the parameter that is predicted from it, or null
   * @param shape what the hypernetwork sees; null for nodes without a shape
   * @param bias name of the norm layer's bias, which is predicted from the same node, or null
   * @param name the parameter or ONNX node that it came from, as stored
   */
  public record Node(
      int index, String primitive, String parameter, List<Long> shape, String bias, String name) {}

  /** Of a graph. */
  public static GraphReport of(ComputationalGraph graph) {
    List<Node> nodes = new ArrayList<>();
    List<List<Integer>> edges = new ArrayList<>();
    for (GraphNode node : graph.nodes()) {
      nodes.add(
          new Node(
              node.index(),
              node.primitive().label(),
              parameter(node, false),
              node.shape() == null ? null : Arrays.stream(node.shape().dims()).boxed().toList(),
              parameter(node, true),
              node.name()));
      for (int to : graph.successors(node.index())) {
        edges.add(List.of(node.index(), to));
      }
    }
    return new GraphReport(List.copyOf(nodes), List.copyOf(edges));
  }

  private static String parameter(GraphNode node, boolean normBias) {
    return node.slots().stream()
        .filter(slot -> (slot.role() == Role.NORM_BIAS) == normBias)
        .map(ParameterSlot::parameter)
        .findFirst()
        .orElse(null);
  }
}
