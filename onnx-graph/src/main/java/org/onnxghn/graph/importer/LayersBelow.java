package org.onnxghn.graph.importer;

import java.util.BitSet;
import org.onnxghn.graph.Role;

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
    for (int id = graph.ops.size() - 1; id >= 0; id--) {
      Op op = graph.ops.get(id);
      boolean layer = op.operator().map(LayersBelow::isLayer).orElse(false);
      boolean leads = layer || !isShape(op) && below.layersFollow(op);
      for (int i = 0; leads && i < op.inputs().length; i++) {
        if (op.input(i) >= 0 && (layer || carriesData(op, i))) {
          below.values.set(op.input(i));
        }
      }
    }
    return below;
  }

  /** Also one that no primitive stands for, such as a transposed convolution or a GRU. */
  private static boolean isLayer(Operator operator) {
    return operator.use() == OperatorUse.LAYER
        || operator.parameters().values().stream().anyMatch(LayersBelow::isWeight);
  }

  private static boolean isWeight(Role role) {
    return switch (role) {
      case WEIGHT, RECURRENT_INPUT_WEIGHT, RECURRENT_WEIGHT, RECURRENT_BIAS -> true;
      default -> false;
    };
  }

  private static boolean isShape(Op op) {
    return op.operator().map(operator -> operator.use() == OperatorUse.SHAPE).orElse(false);
  }

  /**
   * Boxes, indices, conditions and shapes steer what an operator does with its data. Of control
   * flow that stays an operator, such as If, the inputs are results of its branches.
   */
  private static boolean carriesData(Op op, int place) {
    return op.operator()
        .map(o -> o.use() == OperatorUse.CONTROL || o.dataInputs().contains(place))
        .orElse(true);
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
