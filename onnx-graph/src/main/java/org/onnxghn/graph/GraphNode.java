package org.onnxghn.graph;

import java.util.List;
import org.onnxghn.onnx.Shape;

/**
 * A node of the computational graph.
 *
 * @param index place in topological order; 0 is the input
 * @param primitive its type
 * @param shape what the shape encoder sees: the parameter's shape in the hypernetwork's layout, (1,
 *     1, kh, kw) for pooling, null for nodes without a shape
 * @param slots the tensors predicted from this node: the parameter, and for a norm layer its
 *     weight, then its bias; empty for operators without parameters, and for the second and later
 *     uses of a shared parameter
 * @param name the parameter or ONNX node that it came from, as stored; for people
 */
public record GraphNode(
    int index, Primitive primitive, Shape shape, List<ParameterSlot> slots, String name) {
  /** Copies the slots. */
  public GraphNode {
    slots = List.copyOf(slots);
  }
}
