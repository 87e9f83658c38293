package org.onnxghn.graph.importer;

import static org.onnxghn.graph.importer.ParameterCollector.spansAxes;
import static org.onnxghn.graph.importer.ParameterCollector.vectorSize;

import java.util.ArrayList;
import java.util.List;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Primitive;
import org.onnxghn.graph.Role;
import org.onnxghn.graph.importer.NormalisationPattern.Normalised;
import org.onnxghn.graph.importer.ParameterCollector.Use;
import org.onnxghn.onnx.Shape;

/**
 * Additions and multiplications with a parameter or with another flow: biases, scale and shift of
 * normalisations, position encodings, layer scales, residual sums, squeeze-excite gates.
 */
final class AffineLayers {
  private final Context context;
  private final LinearLayers linear;
  private final LayersBelow below;
  private final LayerOutputs outputs;

  AffineLayers(Context context, LinearLayers linear, LayersBelow below) {
    this.context = context;
    this.linear = linear;
    this.below = below;
    this.outputs = new LayerOutputs(context);
  }

  Layer add(Op op) {
    NormalisationPattern.Rescaled rescaled = context.normalisations.completedBy(op);
    if (rescaled != null) {
      return rescaledNorm(rescaled);
    }
    int place = parameterInput(op);
    if (place < 0) {
      return sum(op, op.inputs());
    }
    int data = op.input(1 - place);
    Traced trace = context.traces.parameter(op.input(place));
    long size = vectorSize(trace);
    Op source = context.flows.source(data);
    Layer before = source == null ? null : context.layers[source.id()];
    NodeSpec norm = normBefore(before, size);
    if (norm != null) {
      ParameterSlot slot = context.parameters.record(Use.vector(trace, Role.NORM_BIAS, op, place));
      norm.add(slot);
      return Layer.contracted(data);
    }
    if (isShiftOf(trace, source)) {
      context.parameters.record(Use.norm(trace, Role.NORM_BIAS, op, place));
      return Layer.contracted(data);
    }
    if (isBias(trace, size, source)) {
      boolean hasNode = before != null && !before.chain().isEmpty();
      NodeSpec bias = linear.bias(op, place, trace);
      return hasNode ? Layer.of(List.of(bias), data) : Layer.contracted(data);
    }
    if (trace.tensor().shape().elements() == 1) {
      return Layer.contracted(data);
    }
    if (context.attention.leadsToSoftmax(op.output(0))) {
      if (context.storedValues.isMask(trace.tensor())) {
        context.parameters.exclude(trace.tensor());
      } else {
        context.parameters.record(Use.asIs(trace, Role.RELATIVE_POSITION_BIAS, op, place, 1));
      }
      return Layer.contracted(data);
    }
    // Rows looked up, or a slice, of a longer table: the whole table is what is predicted.
    Traced table = trace.isExact() ? trace : Traced.of(trace.tensor());
    // What is added to zeros of the batch's size is spread over it, and encodes nothing.
    boolean encodes = source != null && !source.is("ConstantOfShape") && below.layersFollow(op);
    return encodes && isPositionEncoding(table.shape())
        ? positionEncoding(op, place, table, data)
        : unknown(op, place, trace, data);
  }

  /** A vector of the layer's outputs; those of an Einsum may be several dimensions. */
  private boolean isBias(Traced trace, long size, Op source) {
    boolean several = source != null && source.is("Einsum") && trace.isExact();
    long elements = several ? trace.shape().elements() : size;
    return elements > 0 && outputs.of(source) == elements;
  }

  private Layer rescaledNorm(NormalisationPattern.Rescaled norm) {
    Traced scale = context.traces.parameter(norm.scaling().input(norm.scaleInput()));
    Use use = Use.norm(scale, Role.NORM_WEIGHT, norm.scaling(), norm.scaleInput());
    NodeSpec node =
        NodeSpec.parameter(
            Primitive.LN, use.layerShape(), context.parameters.record(use), scale.tensor().name());
    Traced shift = context.traces.parameter(norm.shifting().input(0));
    node.add(context.parameters.record(Use.norm(shift, Role.NORM_BIAS, norm.shifting(), 0)));
    return norm.kind() == NormalisationPattern.Kind.LAYER && !spansAxes(scale)
        ? Layer.of(List.of(node), norm.input())
        : Layer.contracted(norm.input());
  }

  Layer mul(Op op) {
    int place = parameterInput(op);
    if (place < 0) {
      return context.squeezeExcite.isGating(op)
          ? Layer.of(List.of(NodeSpec.operator(Primitive.CSE, null, op)), op.inputs())
          : Layer.contracted(op.inputs());
    }
    int data = op.input(1 - place);
    Traced trace = context.traces.parameter(op.input(place));
    if (trace.tensor().shape().elements() == 1 && context.normalisations.of(data) == null) {
      return Layer.contracted(data);
    }
    Normalised normalised = context.normalisations.of(data);
    if (normalised != null && trace.isExact()) {
      boolean hasNode = normalised.kind() == NormalisationPattern.Kind.LAYER && !spansAxes(trace);
      Use use = Use.norm(trace, Role.NORM_WEIGHT, op, place);
      ParameterSlot slot = context.parameters.record(use);
      return hasNode
          ? Layer.of(
              List.of(
                  NodeSpec.parameter(Primitive.LN, use.layerShape(), slot, trace.tensor().name())),
              data)
          : Layer.contracted(data);
    }
    boolean shifted = isShifted(op, vectorSize(trace));
    if (vectorSize(trace) > 0
        && context.flows.source(data) != null
        && (shifted || scalesBranch(op))) {
      context.parameters.record(
          Use.vector(trace, shifted ? Role.NORM_WEIGHT : Role.LAYER_SCALE, op, place));
      return Layer.contracted(data);
    }
    return unknown(op, place, trace, data);
  }

  /** Whether the product is added to another flow: then it is a residual branch that is scaled. */
  private boolean scalesBranch(Op mul) {
    int value = mul.output(0);
    for (int step = 0; step < 4 && value >= 0 && context.graph.consumerCount(value) > 0; step++) {
      Op next = context.graph.consumer(value, 0);
      if (next.is("Add")) {
        return parameterInput(next) < 0;
      }
      boolean onTheWay =
          next.is("Dropout") || next.is("Reshape") || next.is("Transpose") || next.is("Mul");
      value = onTheWay ? next.output(0) : -1;
    }
    return false;
  }

  private Layer sum(Op op, int[] inputs) {
    return Layer.of(List.of(NodeSpec.operator(Primitive.SUM, null, op)), inputs);
  }

  private Layer positionEncoding(Op op, int place, Traced trace, int data) {
    Use use = Use.asIs(trace, Role.POSITION_ENCODING, op, place, 1);
    ParameterSlot slot = context.parameters.record(use);
    List<NodeSpec> chain = new ArrayList<>();
    chain.add(
        NodeSpec.parameter(Primitive.POS_ENC, recorded(trace.shape()), slot, trace.tensor().name())
            .besideTheData());
    chain.add(NodeSpec.operator(Primitive.SUM, null, op));
    return Layer.of(chain, data);
  }

  /**
   * (1, L, C) stands in the graph as the square grid (1, C, sqrt L, sqrt L) of its tokens (GHN3.md
   * 2.4).
   */
  private static Shape recorded(Shape shape) {
    if (shape.rank() != 3) {
      return shape;
    }
    long side = (long) Math.sqrt(shape.dim(1));
    return Shape.of(1, shape.dim(2), side, side);
  }

  private Layer unknown(Op op, int place, Traced trace, int data) {
    context.recordDerived(trace, op, place);
    return Layer.contracted(data);
  }

  /** Which of two inputs is a float parameter while the other is not; -1 when none or both are. */
  private int parameterInput(Op op) {
    if (op.inputs().length != 2) {
      return -1;
    }
    boolean first = context.traces.parameter(op.input(0)) != null;
    boolean second = context.traces.parameter(op.input(1)) != null;
    return first == second ? -1 : first ? 0 : 1;
  }

  /**
   * The norm node whose scale was just applied and whose shift is still missing, if the sizes
   * agree.
   */
  private static NodeSpec normBefore(Layer before, long size) {
    if (before == null || before.chain().size() != 1) {
      return null;
    }
    NodeSpec node = before.chain().get(0);
    boolean open = node.primitive == Primitive.LN && node.slots.size() <= 1;
    return open && node.shape.rank() == 1 && node.shape.dim(0) == size ? node : null;
  }

  /** Whether the operator multiplied by a norm weight without being a node, which this shifts. */
  private boolean isShiftOf(Traced shift, Op source) {
    int place = source == null || !source.is("Mul") ? -1 : parameterInput(source);
    if (place < 0) {
      return false;
    }
    Traced scale = context.traces.of(source.input(place));
    boolean alike = spansAxes(shift) && shift.shape().equals(scale.shape());
    return (alike || vectorSize(shift) > 1)
        && context.parameters.role(scale.tensor()) == Role.NORM_WEIGHT
        && context.layers[source.id()].chain().isEmpty();
  }

  private boolean isShifted(Op mul, long size) {
    int value = mul.output(0);
    for (int i = 0; i < context.graph.consumerCount(value); i++) {
      Op next = context.graph.consumer(value, i);
      int place = next.is("Add") ? parameterInput(next) : -1;
      if (place >= 0 && vectorSize(context.traces.parameter(next.input(place))) == size) {
        return true;
      }
    }
    return false;
  }

  private static boolean isPositionEncoding(Shape shape) {
    return switch (shape.rank()) {
      case 2 -> shape.dim(0) > 1 && shape.dim(1) > 1;
      case 3 -> shape.dim(0) == 1 && shape.dim(1) > 1 && shape.dim(2) > 1;
      case 4 -> shape.dim(0) == 1 && shape.dim(1) > 1 && shape.dim(2) * shape.dim(3) > 1;
      default -> false;
    };
  }
}
