package org.onnxghn.graph.importer;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.onnxghn.graph.importer.TraceParameters.Traces;

/**
 * Self-attention in pieces: softmax(q k^T * scale + mask) v. Finds the softmax, the product of
 * queries and keys that feeds it, and the product with the values that it feeds.
 */
final class AttentionPattern {
  /** What may stand between the products and the softmax: scaling, masking, dropout, reshaping. */
  private static final Set<String> BETWEEN =
      Set.of(
          "Identity",
          "Cast",
          "Dropout",
          "Reshape",
          "Transpose",
          "Squeeze",
          "Unsqueeze",
          "Mul",
          "Div",
          "Add",
          "Sub",
          "Where",
          "Slice",
          "Clip",
          "Max",
          "Min");

  private static final int MAX_STEPS = 24;

  /** The product of queries and keys behind a softmax. */
  record Logits(Op product) {}

  private final OpGraph graph;
  private final Traces traces;
  private final Map<Integer, Logits> bySoftmax = new HashMap<>();
  private final Map<Integer, Integer> weightsOfValueProduct = new HashMap<>();

  private AttentionPattern(OpGraph graph, Traces traces) {
    this.graph = graph;
    this.traces = traces;
  }

  static AttentionPattern find(OpGraph graph, Traces traces) {
    AttentionPattern pattern = new AttentionPattern(graph, traces);
    for (Op op : graph.ops) {
      if (op.is("Softmax")) {
        pattern.visit(op);
      }
    }
    return pattern;
  }

  /** The logits of the softmax when it is one of attention, else null. */
  Logits logits(Op softmax) {
    return bySoftmax.get(softmax.id());
  }

  /**
   * For the product of attention weights and values: which of its two inputs is the weights; else
   * -1.
   */
  int weightsInput(Op product) {
    return weightsOfValueProduct.getOrDefault(product.id(), -1);
  }

  private void visit(Op softmax) {
    Op logits = productAbove(softmax.input(0));
    if (logits == null) {
      return;
    }
    int value = softmax.outputs()[0];
    for (int step = 0; step < MAX_STEPS && value >= 0; step++) {
      Op next = null;
      for (int i = 0; i < graph.consumerCount(value) && next == null; i++) {
        Op consumer = graph.consumer(value, i);
        if (isProduct(consumer)) {
          bySoftmax.put(softmax.id(), new Logits(logits));
          weightsOfValueProduct.put(consumer.id(), consumer.input(0) == value ? 0 : 1);
          return;
        }
        next = BETWEEN.contains(consumer.type()) && consumer.outputs().length > 0 ? consumer : null;
      }
      value = next == null ? -1 : next.outputs()[0];
    }
  }

  private Op productAbove(int value) {
    int at = value;
    for (int step = 0; step < MAX_STEPS && at >= 0; step++) {
      Op op = graph.producer(at);
      if (op == null) {
        return null;
      }
      if (isProduct(op)) {
        return op;
      }
      if (!BETWEEN.contains(op.type())) {
        return null;
      }
      at = logitsOperand(op);
    }
    return null;
  }

  /** The operand that carries the logits: not the mask, not the scale, not a position bias. */
  private int logitsOperand(Op op) {
    int first = op.is("Where") ? 1 : 0;
    int fallback = -1;
    for (int i = first; i < op.inputs().length; i++) {
      int input = op.input(i);
      if (traces.isData(input)) {
        Op source = graph.producer(input);
        if (source != null && (isProduct(source) || BETWEEN.contains(source.type()))) {
          return input;
        }
        fallback = fallback < 0 ? input : fallback;
      }
    }
    return fallback;
  }

  private boolean isProduct(Op op) {
    return (op.is("MatMul") || op.is("Einsum") || op.type().equals("FusedMatMul"))
        && op.inputs().length == 2
        && traces.isData(op.input(0))
        && traces.isData(op.input(1));
  }
}
