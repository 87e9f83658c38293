package org.onnxghn.graph.importer;

import static org.onnxghn.graph.importer.ParameterCollector.vectorSize;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.onnxghn.graph.GraphConvention;
import org.onnxghn.graph.Layout;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Primitive;
import org.onnxghn.graph.Role;
import org.onnxghn.graph.importer.ParameterCollector.Use;
import org.onnxghn.onnx.Shape;

/**
 * Linear layers, however written: MatMul, Gemm with either transB, Einsum, and their fused forms;
 * the hypernetwork's layout is out x in.
 */
final class LinearLayers {
  private static final Layout.Step SWAP = new Layout.Permute(List.of(1, 0));

  /** Fused operators that begin with adding the bias of the layer before, and as which input. */
  private static final Map<String, Integer> BIASED =
      Map.of(
          "BiasGelu",
          1,
          "FastGelu",
          1,
          "BiasSplitGelu",
          1,
          "BiasAdd",
          1,
          "BiasDropout",
          1,
          "BitmaskBiasDropout",
          1,
          "MultiHeadAttention",
          3,
          "PackedMultiHeadAttention",
          3,
          "DecoderMaskedMultiHeadAttention",
          10);

  private final Context context;

  LinearLayers(Context context) {
    this.context = context;
  }

  Layer matMul(Op op) {
    Traced right = constant(op.input(1));
    if (right != null && !context.traces.isData(op.input(1))) {
      boolean transposed = op.attributes().integer("transB", 0) != 0;
      return linear(op, right, 1, op.input(0), !transposed);
    }
    Traced left = constant(op.input(0));
    if (left != null) {
      // W x: rows of the weight are outputs already.
      return linear(op, left, 0, op.input(1), op.attributes().integer("transA", 0) != 0);
    }
    int weights = context.attention.weightsInput(op);
    return weights < 0
        ? Layer.contracted(op.inputs())
        : new Layer(
            List.of(),
            new int[] {op.input(weights), op.input(1 - weights)},
            Layer.Flow.ATTENTION_VALUES);
  }

  Layer gemm(Op op) {
    Traced weight = constant(op.input(1));
    boolean stored = weight != null;
    Layer layer =
        stored
            ? linear(op, weight, 1, op.input(0), op.attributes().integer("transB", 0) == 0)
            : constant(op.input(0)) != null
                ? linear(
                    op,
                    constant(op.input(0)),
                    0,
                    op.input(1),
                    op.attributes().integer("transA", 0) != 0)
                : Layer.contracted(op.input(0), op.input(1));
    Traced bias = context.traces.of(op.input(2));
    if (bias == null || bias.tensor().shape().elements() == 0) {
      return layer;
    }
    List<NodeSpec> chain = new ArrayList<>(layer.chain());
    NodeSpec node = bias(op, 2, bias);
    if (!layer.chain().isEmpty()) {
      chain.add(node);
    }
    return Layer.of(chain, layer.dataInputs());
  }

  /**
   * Two operands, one of them a parameter that shares some indices with the data and brings its
   * others to the result. Where those are several (heads, and their width), they are one dimension
   * in the hypernetwork's layout.
   */
  Layer einsum(Op op) {
    String[] sides = op.attributes().string("equation", "").replace(" ", "").split("->", -1);
    String[] terms = sides[0].split(",", -1);
    if (sides.length == 2 && terms.length == 2 && op.inputs().length == 2) {
      for (int side = 1; side >= 0; side--) {
        Traced weight = constant(op.input(side));
        boolean ranked = weight != null && weight.isExact();
        if (ranked && weight.shape().rank() == terms[side].length()) {
          int split = boundary(terms[side], terms[1 - side], sides[1]);
          if (split > 0) {
            boolean inFirst = sides[1].indexOf(terms[side].charAt(0)) < 0;
            return linear(op, matrix(weight, split), side, op.input(1 - side), inFirst);
          }
        }
      }
    }
    return matMul(op);
  }

  /** Where a weight's inputs and outputs meet, whichever come first; 0 when they do not. */
  private static int boundary(String weight, String data, String result) {
    int split = 0;
    for (int i = 0; i < weight.length(); i++) {
      char index = weight.charAt(i);
      boolean output = result.indexOf(index) >= 0;
      boolean once = weight.indexOf(index) == i && weight.lastIndexOf(index) == i;
      if (!once || output == data.indexOf(index) >= 0) {
        return 0;
      }
      if (i > 0 && output != result.indexOf(weight.charAt(i - 1)) >= 0) {
        if (split > 0) {
          return 0;
        }
        split = i;
      }
    }
    return split;
  }

  private static Traced matrix(Traced weight, int split) {
    long elements = weight.shape().elements();
    if (elements == 0) {
      return weight;
    }
    long rows = 1;
    for (int axis = 0; axis < split; axis++) {
      rows *= weight.shape().dim(axis);
    }
    return weight.reshaped(Shape.of(rows, elements / rows));
  }

  /**
   * @param inFirst whether the stored matrix is in x out
   */
  private Layer linear(Op op, Traced weight, int input, int data, boolean inFirst) {
    if (isStatistic(weight, data)) {
      return Layer.contracted(data);
    }
    NodeSpec node = weight(op, weight, input, inFirst);
    if (node == null) {
      return Layer.contracted(data);
    }
    boolean beside =
        context.convention == GraphConvention.REFERENCE
            && op.input(2) < 0
            && !isBiasAdded(op)
            && !followsPatchMerging(data);
    return new Layer(
        List.of(node), new int[] {data}, beside ? Layer.Flow.BESIDE : Layer.Flow.THROUGH);
  }

  /**
   * A vector that is multiplied with a constant matrix is no weight: spectral normalisation keeps
   * two of them (u and v) to measure its weight with. A row beside a column, a grid of coordinates,
   * may well be one.
   */
  private boolean isStatistic(Traced weight, int other) {
    if (!weight.isExact() || context.traces.isData(other)) {
      return false;
    }
    Traced matrix = constant(other);
    return weight.shape().rank() == 1
        || vectorSize(weight) > 0 && matrix != null && vectorSize(matrix) == 0;
  }

  /** The node of a weight matrix; null when the tensor is no matrix, so that it has none. */
  NodeSpec weight(Op op, Traced weight, int input, boolean inFirst) {
    if (!weight.isExact() || weight.shape().rank() != 2) {
      context.parameters.record(Use.asIs(weight, Role.WEIGHT, op, input, 1));
      return null;
    }
    Shape value = weight.shape();
    Shape layerShape = inFirst ? Shape.of(value.dim(1), value.dim(0)) : value;
    List<Layout.Step> toValue = inFirst ? List.of(SWAP) : List.of();
    ParameterSlot slot =
        context.parameters.record(new Use(weight, Role.WEIGHT, op, input, layerShape, toValue, 1));
    return NodeSpec.parameter(Primitive.CONV, layerShape, slot, weight.tensor().name());
  }

  NodeSpec bias(Op op, int input, Traced bias) {
    Use use = Use.vector(bias, Role.BIAS, op, input);
    ParameterSlot slot = context.parameters.record(use);
    return NodeSpec.parameter(Primitive.BIAS, use.layerShape(), slot, bias.tensor().name());
  }

  /**
   * The reference's own exception: Swin's reduction, a Linear on a normalised concatenation of
   * slices, is on the way.
   */
  private boolean followsPatchMerging(int data) {
    Layer before = context.layerOf(data);
    if (before == null || before.chain().isEmpty() && before.dataInputs().length != 1) {
      return false;
    }
    int normed = data;
    for (int step = 0; step < 2; step++) {
      Layer layer = context.layerOf(normed);
      if (layer == null || layer.dataInputs().length == 0) {
        return false;
      }
      if (layer.chain().size() == 1 && layer.chain().get(0).primitive == Primitive.LN) {
        Op op = context.flows.source(normed);
        NormalisationPattern.Normalised pieces = context.normalisations.of(layer.dataInputs()[0]);
        Op source = context.flows.source(pieces == null ? op.input(0) : pieces.input());
        return source != null && source.is("Concat");
      }
      normed = layer.dataInputs()[0];
    }
    return false;
  }

  private boolean isBiasAdded(Op op) {
    int value = op.output(0);
    for (int i = 0; i < context.graph.consumerCount(value); i++) {
      Op next = context.graph.consumer(value, i);
      if (next.is("Reshape")
          && next.output(0) >= 0
          && context.graph.consumerCount(next.output(0)) == 1) {
        next = context.graph.consumer(next.output(0), 0);
      }
      if (next.is("Add")
          && (context.traces.parameter(next.input(0)) != null
              || context.traces.parameter(next.input(1)) != null)) {
        return true;
      }
      Integer bias = BIASED.get(next.type());
      if (bias != null && context.traces.parameter(next.input(bias)) != null) {
        return true;
      }
    }
    return false;
  }

  /**
   * The stored tensor that an operand is: float, or integer behind DequantizeLinear; null for data
   * and for what is computed.
   */
  private Traced constant(int value) {
    return context.traces.weight(value);
  }
}
