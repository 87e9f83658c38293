package org.onnxghn.graph.importer;

import java.util.ArrayList;
import java.util.List;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Primitive;
import org.onnxghn.onnx.Shape;

/**
 * A node of the computational graph to be: what it is, before it is known what it is connected to.
 */
final class NodeSpec {
  final Primitive primitive;

  /** What the shape encoder sees; null for nodes without a shape. */
  final Shape shape;

  /** Tensors predicted from the node; the bias of a norm layer is added when it is met. */
  final List<ParameterSlot> slots = new ArrayList<>();

  final String name;

  /** Whether the node holds a parameter, predicted here or, when shared, elsewhere. */
  final boolean parameter;

  private boolean beside;

  private NodeSpec(Primitive primitive, Shape shape, String name, boolean parameter) {
    this.primitive = primitive;
    this.shape = shape;
    this.name = name;
    this.parameter = parameter;
  }

  static NodeSpec operator(Primitive primitive, Shape shape, Op op) {
    return new NodeSpec(primitive, shape, op.node().getName(), false);
  }

  /**
   * @param slot null for the second and later uses of a shared parameter
   */
  static NodeSpec parameter(Primitive primitive, Shape shape, ParameterSlot slot, String name) {
    NodeSpec spec = new NodeSpec(primitive, shape, name, true);
    spec.add(slot);
    return spec;
  }

  /** Sum and concat exist only where two or more flows meet. */
  boolean onlyWhereFlowsMeet() {
    return primitive == Primitive.SUM || primitive == Primitive.CONCAT;
  }

  /** Adds a tensor that is predicted from the node too; null when it is predicted elsewhere. */
  void add(ParameterSlot slot) {
    if (slot != null) {
      slots.add(slot);
    }
  }

  /** Makes the node one that joins the data from the side, with no edge that leads to it. */
  NodeSpec besideTheData() {
    beside = true;
    return this;
  }

  /** Whether the node joins the data from the side, as position encodings do (GHN3.md 2.2). */
  boolean isBesideTheData() {
    return beside;
  }
}
