package org.onnxghn.graph.importer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
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

  /** Readers that are looked at for one operator: a constant may have any number. */
  private static final int MAX_READS = 4_096;

  /** Readers and operands that are looked at for all operators of a model, which may share them. */
  private static final int MAX_ALL_READS = 1_000_000;

  /** A token is (1, 1, C) at most. */
  private static final int MAX_TOKEN_RANK = 3;

  private final OpGraph graph;
  private final Traces traces;
  private final Flows flows;
  private final Map<Integer, Optional<Use>> byOperator = new HashMap<>();
  private int readsLeft = MAX_ALL_READS;

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
    // It is the same for all of its parameters, of which a concatenation may have thousands.
    return byOperator.computeIfAbsent(op.id(), id -> Optional.ofNullable(find(op))).orElse(null);
  }

  private Use find(Op op) {
    boolean spread = isSpread(op);
    Deque<Integer> open = new ArrayDeque<>();
    Set<Integer> seen = new HashSet<>();
    if (op.output(0) >= 0) {
      open.add(op.output(0));
    }
    int reads = 0;
    while (!open.isEmpty() && seen.size() < MAX_OPERATORS) {
      int value = open.remove();
      boolean data = traces.isData(value);
      for (int i = 0; i < graph.consumerCount(value); i++) {
        if (++reads > MAX_READS || --readsLeft < 0) {
          return null;
        }
        Op next = graph.consumer(value, i);
        Use use = spread && next.is("Concat") ? token(next, value) : null;
        if (use == null && !data) {
          use = layerUse(next, value);
        }
        if (use == null && isExponential(graph.producer(value))) {
          use = logitScale(next, value);
        }
        if (use != null) {
          return use;
        }
        boolean on = !data && next.output(0) >= 0 && carries(next, value);
        if (on && seen.add(next.id())) {
          open.add(next.output(0));
        }
      }
    }
    return null;
  }

  /** Whether an operator passes the value's elements on; a target shape, say, is not passed on. */
  private static boolean carries(Op op, int value) {
    if (op.operator().isEmpty()) {
      return true;
    }
    InputSet data = op.operator().get().dataInputs();
    boolean any = data.from() == 0;
    for (int i = 0; i < op.inputs().length && !any; i++) {
      any = op.input(i) == value && data.contains(i);
    }
    return any;
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
  private boolean isSpread(Op op) {
    boolean spread = false;
    for (int input : op.inputs()) {
      Traced trace = traces.of(input);
      if (trace != null && trace.tensor().shape().rank() > MAX_TOKEN_RANK) {
        return false;
      }
      Op source = flows.source(input);
      spread |= source != null && (source.is("ConstantOfShape") || source.is("Expand"));
    }
    return spread && !op.is("Concat");
  }

  private Use token(Op concat, int value) {
    for (int i = 0; i < concat.inputs().length && readsLeft > 0; i++, readsLeft--) {
      if (concat.input(i) == value) {
        return new Use(Role.CLASS_TOKEN, concat, i);
      }
    }
    return null;
  }

  /** Whether the operand is a factor beside the scale of a dynamically quantised tensor. */
  boolean isQuantisationScale(Op op) {
    for (int i = 0; i < 2 && op.is("Mul"); i++) {
      Op source = graph.producer(op.input(i));
      if (source != null && source.is("DynamicQuantizeLinear") && source.output(1) == op.input(i)) {
        return true;
      }
    }
    return false;
  }
}
