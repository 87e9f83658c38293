package org.onnxghn.graph.importer;

import java.util.List;

/**
 * The model after resolving: operators in topological order, functions and subgraphs inlined, and
 * the values between them.
 */
final class OpGraph {
  final List<Op> ops;
  final List<Value> values;

  /** Value ids of the main graph's outputs, in order. */
  final int[] outputs;

  private final int[] consumerStart;
  private final int[] consumers;

  OpGraph(List<Op> ops, List<Value> values, int[] outputs) {
    this.ops = ops;
    this.values = values;
    this.outputs = outputs;
    this.consumerStart = new int[values.size() + 1];
    for (Op op : ops) {
      for (int input : op.inputs()) {
        if (input >= 0) {
          consumerStart[input + 1]++;
        }
      }
    }
    for (int i = 0; i < values.size(); i++) {
      consumerStart[i + 1] += consumerStart[i];
    }
    this.consumers = new int[consumerStart[values.size()]];
    int[] next = consumerStart.clone();
    for (Op op : ops) {
      for (int input : op.inputs()) {
        if (input >= 0) {
          consumers[next[input]++] = op.id();
        }
      }
    }
  }

  /** How many operator inputs read the value. */
  int consumerCount(int value) {
    return consumerStart[value + 1] - consumerStart[value];
  }

  /** The operator behind the i-th of {@link #consumerCount} reads, in topological order. */
  Op consumer(int value, int i) {
    return ops.get(consumers[consumerStart[value] + i]);
  }

  /** The operator that computes the value, or null. */
  Op producer(int value) {
    int id = value < 0 ? -1 : values.get(value).producer;
    return id < 0 ? null : ops.get(id);
  }
}
