package org.onnxghn.graph.importer;

import java.util.Map;
import org.onnxghn.graph.Role;

/**
 * Which inputs of the main graph are parameters of a model that was exported without weights.
 *
 * <p>A model is such when an input of static shape is in the place of a weight of some layer. In
 * it, every float input of static shape is a parameter but the first one, those that a layer takes
 * as its data, and those that never meet data: nothing of the network computes with them and with
 * what it is given. Integer inputs of static shape that come after the first parameter are buffers
 * (relative position indices), not data.
 */
final class WeightInputs {
  private WeightInputs() {}

  /** By value id. */
  static boolean[] find(OpGraph graph) {
    boolean[] weights = new boolean[graph.values.size()];
    int firstWeight = Integer.MAX_VALUE;
    int firstInput = Integer.MAX_VALUE;
    for (Value value : graph.values) {
      if (value.graphInput) {
        firstInput = Math.min(firstInput, value.id);
        if (value.stored != null && isReadAsWeight(graph, value.id)) {
          firstWeight = Math.min(firstWeight, value.id);
        }
      }
    }
    if (firstWeight == Integer.MAX_VALUE) {
      return weights;
    }
    boolean[] meets = meetsData(graph, firstInput);
    for (Value value : graph.values) {
      if (value.graphInput
          && value.stored != null
          && meets[value.id]
          && !isReadAsData(graph, value.id)) {
        boolean isFloat = value.stored.type().isTrainable();
        weights[value.id] =
            isFloat
                ? value.id != firstInput || isReadAsWeight(graph, value.id)
                : value.id > firstWeight;
      }
    }
    return weights;
  }

  /**
   * By value id: whether the value, or something computed from it, is an operand beside data. Data
   * are the first input, inputs of free shape, and what layers take as data.
   */
  private static boolean[] meetsData(OpGraph graph, int firstInput) {
    boolean[] data = new boolean[graph.values.size()];
    for (Value value : graph.values) {
      data[value.id] =
          value.graphInput
              && (value.id == firstInput && !isReadAsWeight(graph, value.id)
                  || value.stored == null
                  || isReadAsData(graph, value.id));
    }
    for (Op op : graph.ops) {
      boolean any = false;
      for (int input : op.inputs()) {
        any |= input >= 0 && data[input];
      }
      for (int output : op.outputs()) {
        if (output >= 0) {
          data[output] |= any;
        }
      }
    }
    boolean[] meets = new boolean[graph.values.size()];
    for (Value value : graph.values) {
      meets[value.id] = value.graphInput && isReadAsWeight(graph, value.id);
    }
    for (int i = graph.ops.size() - 1; i >= 0; i--) {
      Op op = graph.ops.get(i);
      boolean any = false;
      for (int output : op.outputs()) {
        any |= output >= 0 && (meets[output] || data[output]);
      }
      for (int input : op.inputs()) {
        if (input >= 0) {
          meets[input] |= any && !data[input];
        }
      }
    }
    return meets;
  }

  private static boolean isReadAsWeight(OpGraph graph, int value) {
    for (int i = 0; i < graph.consumerCount(value); i++) {
      Op op = graph.consumer(value, i);
      Map<Integer, Role> places = op.operator().map(Operator::parameters).orElse(Map.of());
      for (Map.Entry<Integer, Role> place : places.entrySet()) {
        // MatMul and Gather take two activations just as well; their operands alone prove nothing.
        boolean proves = !op.is("MatMul") && !op.is("Gather") && !op.is("Einsum");
        if (proves && op.input(place.getKey()) == value && op.input(0) != value) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isReadAsData(OpGraph graph, int value) {
    for (int i = 0; i < graph.consumerCount(value); i++) {
      Op op = graph.consumer(value, i);
      boolean layer = op.operator().map(o -> !o.parameters().isEmpty()).orElse(false);
      if (layer
          && op.input(0) == value
          && !op.is("MatMul")
          && !op.is("Gather")
          && !op.is("Einsum")) {
        return true;
      }
    }
    return false;
  }
}
