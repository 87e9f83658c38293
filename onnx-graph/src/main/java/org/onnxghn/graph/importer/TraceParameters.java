package org.onnxghn.graph.importer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.Shape;

/**
 * Second phase: which values are parameters, seen through Identity, Cast, Transpose, Reshape,
 * Unsqueeze, DequantizeLinear and the like; and which values depend on the data that the network is
 * run on.
 */
final class TraceParameters {
  private static final Set<String> ARITHMETIC = Set.of("Add", "Sub", "Mul", "Div");

  private final OpGraph graph;
  private final Traced[] traced;
  private final boolean[] data;

  private TraceParameters(OpGraph graph) {
    this.graph = graph;
    this.traced = new Traced[graph.values.size()];
    this.data = new boolean[graph.values.size()];
  }

  /** What this phase finds, by value id. */
  record Traces(Traced[] traced, boolean[] data) {
    /** The parameter that the value is, or null. */
    Traced of(int value) {
      Traced trace = value < 0 ? null : traced[value];
      return trace == null || trace.computed() ? null : trace;
    }

    /** As {@link #of} for a weight of a layer, which may be computed from the parameter. */
    Traced weight(int value) {
      return value < 0 || data[value] ? null : traced[value];
    }

    /** The float parameter that the value is, or null. */
    Traced parameter(int value) {
      Traced trace = of(value);
      return trace != null && trace.isFloat() ? trace : null;
    }

    /** Whether the value depends on the network's input. */
    boolean isData(int value) {
      return value >= 0 && data[value];
    }
  }

  static Traces trace(OpGraph graph) {
    return new TraceParameters(graph).run();
  }

  private Traces run() {
    boolean[] weights = WeightInputs.find(graph);
    for (Value value : graph.values) {
      if (value.stored != null && (!value.graphInput || weights[value.id])) {
        traced[value.id] = Traced.of(value.stored);
      } else {
        data[value.id] = value.graphInput || value.producer < 0;
      }
    }
    for (Op op : graph.ops) {
      follow(op);
      compute(op);
      boolean fromData = false;
      if (op.operator().isEmpty() || op.operator().get().use() != OperatorUse.SHAPE) {
        for (int input : op.inputs()) {
          fromData |= input >= 0 && data[input];
        }
      }
      for (int output : op.outputs()) {
        if (output >= 0 && traced[output] == null) {
          data[output] = fromData;
        }
      }
    }
    return new Traces(traced, data);
  }

  private void follow(Op op) {
    Traced operand = op.input(0) < 0 ? null : traced[op.input(0)];
    int output = op.outputs().length == 0 ? -1 : op.outputs()[0];
    boolean ownTensor = output >= 0 && graph.values.get(output).stored != null;
    if (operand == null || output < 0 || ownTensor || !op.domain().equals("ai.onnx")) {
      return;
    }
    switch (op.type()) {
      case "Identity", "Dropout", "DequantizeLinear" -> traced[output] = operand;
      case "Cast" -> {
        // A cast to an integer computes with the values; one between float types only stores them
        // otherwise.
        if (ElementType.of((int) op.attributes().integer("to", 1)).isTrainable()) {
          traced[output] = operand;
        }
      }
      case "Transpose" -> traced[output] = operand.permuted(axes(op, operand));
      case "Reshape", "Flatten", "Unsqueeze", "Squeeze" ->
          traced[output] = operand.reshaped(target(op, operand.shape()));
      case "Split" -> split(op, operand);
      case "Slice", "Expand", "Tile", "Pad" -> traced[output] = operand.vague();
      case "Gather" -> {
        // Looked up with the network's data it is an embedding, which RecogniseLayers handles.
        if (op.input(1) >= 0 && !data[op.input(1)]) {
          traced[output] = operand.lookedUp();
        }
      }
      default -> {}
    }
  }

  /**
   * Arithmetic among constants stands for the largest of its operands, if that is a matrix or more:
   * a weight that is normalised, standardised or scaled before a layer uses it.
   */
  private void compute(Op op) {
    int output = op.outputs().length == 1 ? op.outputs()[0] : -1;
    if (output < 0 || traced[output] != null || !ARITHMETIC.contains(op.type())) {
      return;
    }
    Traced largest = null;
    for (int input : op.inputs()) {
      if (input < 0 || data[input]) {
        return;
      }
      Traced trace = traced[input];
      boolean weight = trace != null && trace.isExact() && trace.isFloat();
      if (weight && trace.shape().rank() >= 2) {
        long more = largest == null ? 1 : trace.shape().elements() - largest.shape().elements();
        if (more == 0 && !trace.tensor().equals(largest.tensor())) {
          return;
        }
        largest = more > 0 ? trace : largest;
      }
    }
    traced[output] = largest == null ? null : largest.computedWith();
  }

  private static List<Integer> axes(Op op, Traced operand) {
    long[] perm = op.attributes().integers("perm");
    List<Integer> axes = new ArrayList<>();
    if (perm != null) {
      boolean[] seen = new boolean[perm.length];
      for (long axis : perm) {
        if (axis < 0 || axis >= perm.length || seen[(int) axis]) {
          return List.of();
        }
        seen[(int) axis] = true;
        axes.add((int) axis);
      }
    } else if (operand.shape() != null) {
      for (int axis = operand.shape().rank() - 1; axis >= 0; axis--) {
        axes.add(axis);
      }
    }
    return axes;
  }

  private Shape target(Op op, Shape shape) {
    if (shape == null) {
      return null;
    }
    return switch (op.type()) {
      case "Reshape" -> {
        boolean keepZero = op.attributes().integer("allowzero", 0) != 0;
        yield Reshapes.reshaped(shape, integers(op, 1, "shape"), keepZero);
      }
      case "Flatten" -> Reshapes.flattened(shape, op.attributes().integer("axis", 1));
      case "Unsqueeze" -> Reshapes.unsqueezed(shape, integers(op, 1, "axes"));
      default -> Reshapes.squeezed(shape, integers(op, 1, "axes"));
    };
  }

  private void split(Op op, Traced operand) {
    int parts = op.outputs().length;
    long[] sizes = integers(op, 1, "split");
    boolean known = operand.shape() != null && operand.shape().rank() > 0;
    int rank = known ? operand.shape().rank() : 1;
    long axis = op.attributes().integer("axis", 0);
    long place = axis < 0 ? axis + rank : axis;
    known &= place >= 0 && place < rank;
    int at = known ? (int) place : 0;
    long whole = known ? operand.shape().dim(at) : 0;
    if (known && sizes == null && whole % parts == 0) {
      sizes = new long[parts];
      Arrays.fill(sizes, whole / parts);
    }
    known &= sizes != null && sizes.length == parts;
    long offset = 0;
    for (int i = 0; i < parts; i++) {
      boolean inside = known && sizes[i] >= 0 && sizes[i] <= whole - offset;
      if (op.outputs()[i] >= 0) {
        traced[op.outputs()[i]] = inside ? operand.part(at, offset, sizes[i]) : operand.vague();
      }
      offset += inside ? sizes[i] : 0;
    }
  }

  /**
   * A list of integers that is an attribute in older versions and a constant input in newer ones;
   * null when not known.
   */
  private long[] integers(Op op, int input, String attribute) {
    long[] listed = op.attributes().integers(attribute);
    if (listed != null) {
      return listed;
    }
    int value = op.input(input);
    return value < 0 || traced[value] == null ? null : traced[value].constantIntegers();
  }
}
