package org.onnxghn.graph.importer;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.graph.Layout;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.Parameter.Consumer;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.Shape;
import org.onnxghn.onnx.StoredTensor;

/**
 * Keeps, for every parameter met, its role, its first use, and the slots that predictions go to.
 */
final class ParameterCollector {
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final Set<String> constants = new HashSet<>();

  /**
   * A use of a parameter by a layer.
   *
   * @param op the operator, and {@code input} the place of the value
   * @param layerShape the shape in the hypernetwork's layout
   * @param toValue from that layout to the value's
   */
  record Use(
      Traced trace,
      Role role,
      Op op,
      int input,
      Shape layerShape,
      List<Layout.Step> toValue,
      long groups) {
    /** A use in which the hypernetwork's layout is the value's. */
    static Use asIs(Traced trace, Role role, Op op, int input, long groups) {
      Shape shape = trace.shape() == null ? trace.tensor().shape() : trace.shape();
      return new Use(trace, role, op, input, shape, List.of(), groups);
    }

    /** Weight or bias of a norm: a vector, or as it is where the norm spans several axes. */
    static Use norm(Traced trace, Role role, Op op, int input) {
      return spansAxes(trace) ? asIs(trace, role, op, input, 1) : vector(trace, role, op, input);
    }

    /** A vector (bias, norm weight): whatever ones stand around it in the value's shape. */
    static Use vector(Traced trace, Role role, Op op, int input) {
      Use asIs = asIs(trace, role, op, input, 1);
      Shape shape = asIs.layerShape;
      return !trace.isExact() || shape.rank() == 1
          ? asIs
          : new Use(
              trace,
              role,
              op,
              input,
              Shape.of(shape.elements()),
              List.of(new Layout.Reshape(shape)),
              1);
    }
  }

  private static final class Entry {
    final StoredTensor tensor;
    final Role role;
    final Consumer consumer;
    final List<ParameterSlot> slots = new ArrayList<>();
    boolean shared;

    /** Of the slots that are parts, which are all of one axis: where they begin. */
    final Set<Long> offsets = new HashSet<>();

    Entry(StoredTensor tensor, Role role, Consumer consumer) {
      this.tensor = tensor;
      this.role = role;
      this.consumer = consumer;
    }

    void add(ParameterSlot slot) {
      slots.add(slot);
      if (slot.layout().part() != null) {
        offsets.add(slot.layout().part().offset());
      }
    }

    boolean overlaps(Layout.Part part) {
      if (slots.isEmpty()) {
        return false;
      }
      Layout.Part taken = slots.get(0).layout().part();
      return taken == null || taken.axis() != part.axis() || offsets.contains(part.offset());
    }

    Parameter toParameter(Set<ParameterSlot> ofNodes) {
      List<ParameterSlot> predicted = slots.stream().filter(ofNodes::contains).toList();
      long covered = predicted.stream().mapToLong(slot -> slot.shape().elements()).sum();
      List<ParameterSlot> whole = covered == tensor.shape().elements() ? predicted : List.of();
      return new Parameter(tensor.name(), tensor.shape(), tensor.type(), role, whole, consumer);
    }
  }

  /**
   * Number of elements of a tensor with at most one dimension that is not 1; 0 for another tensor.
   */
  static long vectorSize(Traced trace) {
    if (!trace.isExact() || trace.shape().rank() == 0) {
      return 0;
    }
    int wide = 0;
    for (long dim : trace.shape().dims()) {
      wide += dim != 1 ? 1 : 0;
    }
    return wide <= 1 ? trace.shape().elements() : 0;
  }

  /** Whether the parameter of a norm is no vector, as those of all primitives are. */
  static boolean spansAxes(Traced trace) {
    return trace.isExact() && vectorSize(trace) == 0;
  }

  /**
   * Records the use; returns the slot for a prediction, or null when none can be stored, no decoder
   * makes it, or the parameter is used before.
   */
  ParameterSlot record(Use use) {
    StoredTensor tensor = use.trace.tensor();
    Entry entry = entries.get(tensor.name());
    boolean first = entry == null;
    if (first) {
      Op op = use.op;
      entry =
          new Entry(
              tensor,
              use.role,
              new Consumer(
                  op.node().getName(),
                  op.domain(),
                  op.type(),
                  use.input,
                  use.layerShape,
                  use.groups));
      entries.put(tensor.name(), entry);
    }
    if (!use.trace.isExact() || !use.trace.isFloat()) {
      return null;
    }
    List<Layout.Step> steps = new ArrayList<>(use.toValue);
    steps.addAll(use.trace.toStored().steps());
    Layout layout = new Layout(steps, use.trace.toStored().part());
    ParameterSlot slot = new ParameterSlot(tensor.name(), use.role, use.layerShape, layout);
    if (!first && (layout.part() == null || entry.overlaps(layout.part()))) {
      entry.shared = true;
      return null;
    }
    entry.add(slot);
    return isDecodable(slot) ? slot : null;
  }

  /** Whether a decoder of the hypernetwork makes tensors of this rank (GHN3.md 4.3). */
  private static boolean isDecodable(ParameterSlot slot) {
    Role role = slot.role();
    Shape shape = slot.shape();
    boolean ranked =
        switch (shape.rank()) {
          case 1 -> true;
          case 2, 4 -> role != Role.NORM_WEIGHT && role != Role.NORM_BIAS;
          case 3 -> role == Role.POSITION_ENCODING && shape.dim(0) == 1;
          default -> false;
        };
    return ranked && shape.elements() > 0;
  }

  /** Notes that a tensor is a constant of the architecture, such as a mask, and no parameter. */
  void exclude(StoredTensor tensor) {
    constants.add(tensor.name());
  }

  /** Whether it is settled what the tensor is. */
  boolean isKnown(StoredTensor tensor) {
    return entries.containsKey(tensor.name()) || constants.contains(tensor.name());
  }

  /** The role of a parameter; null when it is none so far. */
  Role role(StoredTensor tensor) {
    Entry entry = entries.get(tensor.name());
    return entry == null ? null : entry.role;
  }

  /** Whether more than one layer uses the parameter whole. */
  boolean isShared(String name) {
    Entry entry = entries.get(name);
    return entry != null && entry.shared;
  }

  /**
   * All parameters in order of first use; with slots only where those of the graph's nodes cover
   * the whole tensor.
   *
   * @param ofNodes the slots of the graph's nodes
   */
  List<Parameter> parameters(Set<ParameterSlot> ofNodes) {
    return entries.values().stream().map(entry -> entry.toParameter(ofNodes)).toList();
  }
}
