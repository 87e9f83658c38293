package org.onnxghn.graph.importer;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
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

  private static final Set<String> FUSED = Set.of("FusedMatMul", "TransposeMatMul");

  private static final int MAX_STEPS = 24;

  /** Readers that are looked at below one softmax: a value may have any number of them. */
  private static final int MAX_READS = 1_024;

  /** Operands that may carry the logits: Max and Min take any number. */
  private static final int MAX_OPERANDS = 8;

  /** The product of queries and keys behind a softmax. */
  record Logits(Op product) {}

  private final OpGraph graph;
  private final Traces traces;
  private final Map<Integer, Logits> bySoftmax = new HashMap<>();
  private final Map<Integer, Integer> weightsOfValueProduct = new HashMap<>();

  /** By id: the values between the products of queries and keys and a softmax of attention. */
  private final BitSet logitValues = new BitSet();

  private AttentionPattern(OpGraph graph, Traces traces) {
    this.graph = graph;
    this.traces = traces;
  }

  static AttentionPattern find(OpGraph graph, Traces traces) {
    AttentionPattern pattern = new AttentionPattern(graph, traces);
    for (Op op : graph.ops) {
      if (op.is("Softmax") || op.type().equals("BiasSoftmax")) {
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

  /**
   * Whether a softmax of attention is computed from the value with nothing but scaling, masking and
   * the like in between, whatever else reads the value.
   */
  boolean leadsToSoftmax(int value) {
    return value >= 0 && logitValues.get(value);
  }

  private void visit(Op softmax) {
    Op logits = productAbove(softmax.input(0));
    if (logits == null || softmax.output(0) < 0) {
      return;
    }
    // Breadth first: whoever else reads the weights, the product with the values is the nearest.
    Deque<Integer> open = new ArrayDeque<>();
    Set<Integer> seen = new HashSet<>();
    open.add(softmax.output(0));
    int reads = 0;
    for (int step = 0; step < MAX_STEPS && !open.isEmpty(); step++) {
      int value = open.remove();
      for (int i = 0; i < graph.consumerCount(value) && reads < MAX_READS; i++, reads++) {
        Op consumer = graph.consumer(value, i);
        if (isProduct(consumer)) {
          bySoftmax.put(softmax.id(), new Logits(logits));
          weightsOfValueProduct.put(consumer.id(), consumer.input(0) == value ? 0 : 1);
          markLogits(softmax.input(0));
          return;
        }
        int next = BETWEEN.contains(consumer.type()) ? consumer.output(0) : -1;
        if (next >= 0 && seen.add(next)) {
          open.add(next);
        }
      }
    }
  }

  /** Upstream through all operands; each value once for all softmaxes, however many share it. */
  private void markLogits(int logits) {
    Deque<Integer> open = new ArrayDeque<>();
    open.add(logits);
    while (!open.isEmpty()) {
      int value = open.remove();
      Op op = logitValues.get(value) ? null : graph.producer(value);
      logitValues.set(value);
      if (op == null || op.operator().isEmpty() || !BETWEEN.contains(op.type())) {
        continue;
      }
      InputSet data = op.operator().get().dataInputs();
      for (int i = 0; i < op.inputs().length; i++) {
        if (op.input(i) >= 0 && data.contains(i)) {
          open.add(op.input(i));
        }
      }
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
    for (int i = first; i < Math.min(op.inputs().length, MAX_OPERANDS); i++) {
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
    return (op.is("MatMul") || op.is("Einsum") || FUSED.contains(op.type()))
        && op.inputs().length == 2
        && traces.isData(op.input(0))
        && traces.isData(op.input(1));
  }
}
