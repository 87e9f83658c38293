package org.onnxghn.graph.importer;

import java.util.BitSet;

/**
 * Which operators have a layer behind them, however far. A position encoding or a class token is
 * there for the layers that follow; a constant behind the last layer, such as the anchors of a
 * detector, is arithmetic on the network's results.
 */
final class LayersBelow {
  /** By id: values from which a layer's input or weight is computed. */
  private final BitSet values = new BitSet();

  private LayersBelow() {}

  static LayersBelow find(OpGraph graph) {
    LayersBelow below = new LayersBelow();
    for (int i = graph.ops.size() - 1; i >= 0; i--) {
      Op op = graph.ops.get(i);
      OperatorUse use = op.operator().map(Operator::use).orElse(OperatorUse.MERGE);
      boolean leads =
          use == OperatorUse.LAYER || use != OperatorUse.SHAPE && below.layersFollow(op);
      for (int input : op.inputs()) {
        if (leads && input >= 0) {
          below.values.set(input);
        }
      }
    }
    return below;
  }

  /** Whether a layer computes with what the operator makes. */
  boolean layersFollow(Op op) {
    for (int output : op.outputs()) {
      if (output >= 0 && values.get(output)) {
        return true;
      }
    }
    return false;
  }
}
