package org.onnxghn.graph.importer;

import java.util.ArrayList;
import java.util.List;
import org.onnxghn.onnx.OnnxException;

/**
 * Puts operators into an order in which each comes after those that it reads from (Kahn), keeping
 * theirs where it is one.
 */
final class TopologicalOrder {
  private TopologicalOrder() {}

  static List<Op> sort(List<Op> ops, List<Value> values) {
    boolean sorted = true;
    for (Op op : ops) {
      for (int input : op.inputs()) {
        sorted &= input < 0 || values.get(input).producer < op.id();
      }
    }
    if (sorted) {
      return ops;
    }
    OpGraph unsorted = new OpGraph(ops, values, new int[0]);
    int[] waiting = new int[ops.size()];
    for (Op op : ops) {
      for (int input : op.inputs()) {
        waiting[op.id()] += input >= 0 && values.get(input).producer >= 0 ? 1 : 0;
      }
    }
    List<Op> order = new ArrayList<>(ops.size());
    for (Op op : ops) {
      if (waiting[op.id()] == 0) {
        order.add(op);
      }
    }
    for (int done = 0; done < order.size(); done++) {
      for (int output : order.get(done).outputs()) {
        for (int i = 0; output >= 0 && i < unsorted.consumerCount(output); i++) {
          Op next = unsorted.consumer(output, i);
          if (--waiting[next.id()] == 0) {
            order.add(next);
          }
        }
      }
    }
    if (order.size() < ops.size()) {
      throw new OnnxException(
          ImportCodes.CYCLE,
          (ops.size() - order.size()) + " operators form a circle",
          "ONNX graphs have no cycles; export the model again.");
    }
    List<Op> renumbered = new ArrayList<>(order.size());
    for (Op op : order) {
      Op placed = op.withId(renumbered.size());
      renumbered.add(placed);
      for (int output : placed.outputs()) {
        if (output >= 0) {
          values.get(output).producer = placed.id();
        }
      }
    }
    return renumbered;
  }
}
