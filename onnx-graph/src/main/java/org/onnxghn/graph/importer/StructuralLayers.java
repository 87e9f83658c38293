package org.onnxghn.graph.importer;

import java.util.Arrays;
import java.util.List;
import org.onnxghn.graph.Primitive;
import org.onnxghn.graph.Role;
import org.onnxghn.graph.importer.ParameterCollector.Use;
import org.onnxghn.onnx.Shape;

/**
 * Nodes without parameters: poolings, the softmax of attention, concatenations, and what the table
 * alone says of an operator.
 */
final class StructuralLayers {
  private final Context context;
  private final LayersBelow below;

  StructuralLayers(Context context, LayersBelow below) {
    this.context = context;
    this.below = below;
  }

  /**
   * What an operator is that no recogniser knows: the one node that its row names, or nothing. Of
   * an operator that owns parameters the row does not say how they are stored.
   */
  Layer byTable(Op op, Operator operator) {
    int[] inputs = dataInputs(op, operator);
    if (operator.use() == OperatorUse.LAYER || operator.primitives().size() != 1) {
      return Layer.contracted(inputs);
    }
    Primitive primitive = operator.primitives().get(0);
    return switch (primitive) {
      case MAX_POOL, AVG_POOL -> pool(op, operator);
      case GLOB_AVG -> globalPool(op);
      default -> Layer.of(List.of(NodeSpec.operator(primitive, null, op)), inputs);
    };
  }

  Layer pool(Op op, Operator operator) {
    long[] kernel = op.attributes().integers("kernel_shape");
    boolean known = kernel != null && kernel.length > 0;
    if (!known && context.squeezeExcite.isSqueeze(op)) {
      return Layer.contracted(op.input(0));
    }
    boolean adaptive = op.is("AveragePool") && known && Arrays.stream(kernel).allMatch(k -> k == 1);
    if (adaptive) {
      // An average over single elements does nothing: it is what AdaptiveAvgPool2d becomes when
      // sizes agree (VGG, AlexNet).
      return globalPool(op);
    }
    Shape shape = known ? window(kernel) : null;
    return Layer.of(
        List.of(NodeSpec.operator(operator.primitives().get(0), shape, op)), op.input(0));
  }

  /** (1, 1, height, width); null for a window that cannot be, which a damaged file may have. */
  private static Shape window(long[] kernel) {
    long height = kernel[Math.max(0, kernel.length - 2)];
    long width = kernel.length == 1 ? 1 : kernel[kernel.length - 1];
    boolean possible = height > 0 && width > 0 && height <= Long.MAX_VALUE / width;
    return possible ? Shape.of(1, 1, height, width) : null;
  }

  Layer globalPool(Op op) {
    boolean inner = context.normalisations.isInnerMean(op) || context.squeezeExcite.isSqueeze(op);
    return inner
        ? Layer.contracted(op.input(0))
        : Layer.of(List.of(NodeSpec.operator(Primitive.GLOB_AVG, null, op)), op.input(0));
  }

  Layer softmax(Op op) {
    return context.attention.logits(op) == null
        ? Layer.contracted(op.input(0))
        : Layer.of(List.of(NodeSpec.operator(Primitive.MSA, null, op)), op.input(0));
  }

  /** What it adds to the logits is a learned bias by the table; a mask is a constant. */
  Layer biasSoftmax(Op op) {
    Traced added = context.traces.parameter(op.input(1));
    if (added != null && context.storedValues.isMask(added.tensor())) {
      context.parameters.exclude(added.tensor());
    }
    return softmax(op);
  }

  Layer concat(Op op, Operator operator) {
    boolean joins = context.traces.isData(op.output(0)) && below.layersFollow(op);
    for (int i = 0; joins && i < op.inputs().length; i++) {
      Traced token = context.traces.parameter(op.input(i));
      if (token != null && isToken(token, op)) {
        context.parameters.record(Use.asIs(token, Role.CLASS_TOKEN, op, i, 1));
      }
    }
    return Layer.of(
        List.of(NodeSpec.operator(Primitive.CONCAT, null, op)), dataInputs(op, operator));
  }

  /**
   * Rows of features that stand beside those of the data: for each image of the batch, joined along
   * the axis before the last, or before they are spread over the batch. What has more dimensions,
   * such as a grid of coordinates, is no token, and neither are rows of zeros.
   */
  private boolean isToken(Traced trace, Op concat) {
    boolean spread = trace.shape() == null;
    Shape shape = spread ? trace.tensor().shape() : trace.shape();
    int rank = shape.rank();
    if (rank > 3 || !spread && rank < 2 || shape.elements() <= 1) {
      return false;
    }
    if (!spread && rank == 3) {
      long axis = concat.attributes().integer("axis", 1);
      return axis == 1 || axis == -2;
    }
    boolean oneRow = shape.elements() == shape.dim(rank - 1);
    return oneRow || !context.storedValues.isZero(trace.tensor());
  }

  /** The inputs that the table calls data, as far as they depend on the network's input. */
  int[] dataInputs(Op op, Operator operator) {
    int[] inputs = new int[op.inputs().length];
    int count = 0;
    for (int i = 0; i < inputs.length; i++) {
      if (operator.dataInputs().contains(i) && context.traces.isData(op.input(i))) {
        inputs[count++] = op.input(i);
      }
    }
    return Arrays.copyOf(inputs, count);
  }
}
