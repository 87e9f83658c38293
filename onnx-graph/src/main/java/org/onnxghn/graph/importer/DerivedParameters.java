package org.onnxghn.graph.importer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.onnxghn.graph.Role;
import org.onnxghn.graph.importer.TraceParameters.Traces;

/**
 * What becomes of parameters on which the network computes before a layer uses the result: the
 * parts of a recurrent layer's weights that are concatenated, its two biases that are added, a
 * class token that is spread over the batch, the logarithm of the scale of attention.
 */
final class DerivedParameters {
  /** Such arithmetic is short; beyond this many operators the role stays unknown. */
  private static final int MAX_OPERATORS = 64;

  private final OpGraph graph;
  private final Traces traces;
  private final Flows flows;

  DerivedParameters(OpGraph graph, Traces traces, Flows flows) {
    this.graph = graph;
    this.traces = traces;
    this.flows = flows;
  }

  /**
   * A use further down.
   *
   * @param op that uses what was computed from the parameter
   * @param input as which operand
   */
  record Use(Role role, Op op, int input) {}

  /** What the result of an operator on a parameter is used for; null when nothing says so. */
  Use use(Op op) {
    Deque<Integer> open = new ArrayDeque<>();
    Set<Integer> seen = new HashSet<>();
    if (op.outputs().length > 0) {
      open.add(op.outputs()[0]);
    }
    while (!open.isEmpty() && seen.size() < MAX_OPERATORS) {
      int value = open.remove();
      boolean data = traces.isData(value);
      for (int i = 0; i < graph.consumerCount(value); i++) {
        Op next = graph.consumer(value, i);
        Use use = token(op, next, value);
        if (use == null && !data) {
          use = layerUse(next, value);
        }
        if (use == null && isExponential(graph.producer(value))) {
          use = logitScale(next, value);
        }
        if (use != null) {
          return use;
        }
        boolean on = !data && carries(next, value) && next.outputs().length > 0;
        if (on && seen.add(next.id())) {
          open.add(next.outputs()[0]);
        }
      }
    }
    return null;
  }

  /** Whether an operator passes the value's elements on; a target shape, say, is not passed on. */
  private static boolean carries(Op op, int value) {
    for (int i = 0; i < op.inputs().length; i++) {
      int place = i;
      if (op.input(i) == value
          && op.operator().map(o -> o.dataInputs().contains(place)).orElse(true)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isExponential(Op op) {
    return op != null && op.is("Exp");
  }

  /** Products of queries and keys are multiplied with it (Swin V2, arXiv 2111.09883). */
  private Use logitScale(Op op, int value) {
    for (int i = 0; i < 2 && op.is("Mul"); i++) {
      Op product = op.input(1 - i) == value ? null : flows.source(op.input(1 - i));
      boolean logits =
          product != null
              && (product.is("MatMul") || product.is("Einsum"))
              && traces.isData(product.input(0))
              && traces.isData(product.input(1));
      if (logits) {
        return new Use(Role.LOGIT_SCALE, op, i);
      }
    }
    return null;
  }

  private Use layerUse(Op op, int value) {
    Map<Integer, Role> places = op.operator().map(Operator::parameters).orElse(Map.of());
    for (Map.Entry<Integer, Role> place : places.entrySet()) {
      if (op.input(place.getKey()) == value && isRecurrent(place.getValue())) {
        return new Use(place.getValue(), op, place.getKey());
      }
    }
    return null;
  }

  private static boolean isRecurrent(Role role) {
    return role == Role.RECURRENT_INPUT_WEIGHT
        || role == Role.RECURRENT_WEIGHT
        || role == Role.RECURRENT_BIAS;
  }

  /** A token is added to zeros of the batch's size, and the sum stands beside the patches. */
  private Use token(Op op, Op next, int value) {
    boolean spread = false;
    for (int input : op.inputs()) {
      Op source = flows.source(input);
      spread |= source != null && (source.is("ConstantOfShape") || source.is("Expand"));
    }
    if (!spread || !next.is("Concat")) {
      return null;
    }
    for (int i = 0; i < next.inputs().length; i++) {
      if (next.input(i) == value) {
        return new Use(Role.CLASS_TOKEN, next, i);
      }
    }
    return null;
  }

  /** Whether the operand is a factor beside the scale of a dynamically quantised tensor. */
  boolean isQuantisationScale(Op op) {
    if (!op.is("Mul")) {
      return false;
    }
    for (int input : op.inputs()) {
      Op source = graph.producer(input);
      if (source != null
          && source.is("DynamicQuantizeLinear")
          && source.outputs().length > 1
          && source.outputs()[1] == input) {
        return true;
      }
    }
    return false;
  }
}
