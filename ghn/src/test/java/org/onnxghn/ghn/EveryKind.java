package org.onnxghn.ghn;

import java.util.ArrayList;
import java.util.List;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.Layout;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Primitive;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.Shape;

/** A chain of nodes with a side branch, and a slot of each kind and shape. */
final class EveryKind {
  private EveryKind() {}

  static ComputationalGraph graph() {
    List<GraphNode> nodes = new ArrayList<>();
    add(nodes, Primitive.INPUT, "input", null, null);
    add(nodes, Primitive.CONV, "stem", Role.WEIGHT, Shape.of(12, 3, 7, 7));
    add(nodes, Primitive.BIAS, "stem.bias", Role.BIAS, Shape.of(12));
    add(nodes, Primitive.POS_ENC, "position", Role.POSITION_ENCODING, Shape.of(1, 17, 12));
    add(nodes, Primitive.SUM, "sum", null, null);
    add(nodes, Primitive.BN, "norm", Role.NORM_WEIGHT, Shape.of(12));
    add(nodes, Primitive.SEP_CONV, "depthwise", Role.WEIGHT, Shape.of(12, 1, 3, 3));
    add(nodes, Primitive.MAX_POOL, "pool", null, Shape.of(1, 1, 2, 2));
    add(nodes, Primitive.CONV, "wide", Role.WEIGHT, Shape.of(5, 4, 1, 7));
    add(nodes, Primitive.CONV, "linear", Role.WEIGHT, Shape.of(20, 5));
    add(nodes, Primitive.CONV, "head", Role.WEIGHT, Shape.of(10, 20));
    add(nodes, Primitive.BIAS, "head.bias", Role.BIAS, Shape.of(10));
    int[][] successors = new int[nodes.size()][];
    for (int node = 0; node < successors.length; node++) {
      successors[node] = node + 1 < successors.length ? new int[] {node + 1} : new int[0];
    }
    successors[2] = new int[] {4};
    successors[4] = new int[] {5, 8};
    return new ComputationalGraph(nodes, successors);
  }

  static void add(List<GraphNode> nodes, Primitive primitive, String name, Role role, Shape shape) {
    List<ParameterSlot> slots = new ArrayList<>();
    if (role != null) {
      slots.add(new ParameterSlot(name, role, shape, Layout.IDENTITY));
    }
    if (role == Role.NORM_WEIGHT) {
      slots.add(new ParameterSlot(name + ".bias", Role.NORM_BIAS, shape, Layout.IDENTITY));
    }
    nodes.add(new GraphNode(nodes.size(), primitive, shape, slots, name));
  }
}
