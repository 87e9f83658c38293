package org.onnxghn.graph.importer;

import java.util.ArrayList;
import java.util.List;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Primitive;
import org.onnxghn.graph.Role;
import org.onnxghn.graph.importer.ParameterCollector.Use;

/**
 * Operators of ONNX Runtime's optimiser (com.microsoft) and of new opsets that are several layers
 * in one. Where a network reads a sum as well as its normalisation, {@link SplitOperators} has made
 * two of the operator: each has only the inputs of its half, and a sum of one flow is no node.
 */
final class FusedLayers {
  private final Context context;
  private final LinearLayers linear;

  FusedLayers(Context context, LinearLayers linear) {
    this.context = context;
    this.linear = linear;
  }

  /** Packed projection of queries, keys and values (weight in x 3 hidden), then attention. */
  Layer packedAttention(Op op) {
    List<NodeSpec> chain = new ArrayList<>();
    Traced weight = constant(op.input(1));
    if (weight != null) {
      NodeSpec node = linear.weight(op, weight, 1, true);
      if (node != null) {
        chain.add(node);
        addBias(op, 2, chain);
      }
    }
    chain.add(NodeSpec.operator(Primitive.MSA, null, op));
    return Layer.of(chain, op.input(0));
  }

  /**
   * Attention on projected queries, keys and values; {@code biasInput} is the packed bias of the
   * projections, or -1.
   */
  Layer attention(Op op, int biasInput) {
    List<NodeSpec> chain = new ArrayList<>();
    if (biasInput >= 0) {
      addBias(op, biasInput, chain);
    }
    chain.add(NodeSpec.operator(Primitive.MSA, null, op));
    return Layer.of(chain, op.input(0), op.input(1), op.input(2));
  }

  /** Sum of a residual, and its normalisation; the bias is that of the layer before. */
  Layer skipLayerNormalization(Op op) {
    Traced bias = constant(op.input(4));
    if (bias != null) {
      biasBefore(op, bias);
    }
    List<NodeSpec> chain = new ArrayList<>();
    chain.add(NodeSpec.operator(Primitive.SUM, null, op));
    addNorm(op, 2, 3, chain);
    return Layer.of(chain, op.input(0), op.input(1));
  }

  /** Word, position and segment embeddings, their sum, and its normalisation. */
  Layer embedLayerNormalization(Op op) {
    List<NodeSpec> chain = new ArrayList<>();
    for (int input = 2; input <= 4; input++) {
      Traced table = context.traces.parameter(op.input(input));
      if (table != null) {
        Role role = input == 3 ? Role.POSITION_ENCODING : Role.EMBEDDING;
        ParameterSlot slot = context.parameters.record(Use.asIs(table, role, op, input, 1));
        NodeSpec node =
            NodeSpec.parameter(Primitive.POS_ENC, table.shape(), slot, table.tensor().name());
        chain.add(input == 2 ? node : node.besideTheData());
      }
    }
    chain.add(NodeSpec.operator(Primitive.SUM, null, op));
    addNorm(op, 5, 6, chain);
    return Layer.of(chain, op.input(0));
  }

  /** A bias of the layer before, then an activation. */
  Layer biased(Op op) {
    List<NodeSpec> chain = new ArrayList<>();
    addBias(op, 1, chain);
    return Layer.of(chain, op.input(0));
  }

  private void addBias(Op op, int input, List<NodeSpec> chain) {
    Traced bias = constant(op.input(input));
    if (bias != null) {
      chain.add(linear.bias(op, input, bias));
    }
  }

  private void addNorm(Op op, int weightInput, int biasInput, List<NodeSpec> chain) {
    Traced weight = context.traces.parameter(op.input(weightInput));
    if (weight == null) {
      return;
    }
    Use use = Use.asIs(weight, Role.NORM_WEIGHT, op, weightInput, 1);
    NodeSpec node =
        NodeSpec.parameter(
            Primitive.LN, use.layerShape(), context.parameters.record(use), weight.tensor().name());
    Traced bias = context.traces.parameter(op.input(biasInput));
    if (bias != null) {
      node.add(context.parameters.record(Use.asIs(bias, Role.NORM_BIAS, op, biasInput, 1)));
    }
    chain.add(node);
  }

  /** Puts the bias behind the Linear that computes one of the two summands. */
  private void biasBefore(Op op, Traced bias) {
    for (int input : new int[] {0, 1}) {
      Op source = context.flows.source(op.input(input));
      Layer before = source == null ? null : context.layers[source.id()];
      boolean open =
          before != null
              && before.chain().size() == 1
              && before.chain().get(0).primitive == Primitive.CONV;
      if (open && before.chain().get(0).shape.dim(0) == bias.tensor().shape().elements()) {
        List<NodeSpec> chain = new ArrayList<>(before.chain());
        chain.add(linear.bias(op, 4, bias));
        context.layers[source.id()] = Layer.of(chain, before.dataInputs());
        return;
      }
    }
    linear.bias(op, 4, bias);
  }

  private Traced constant(int value) {
    return context.traces.weight(value);
  }
}
