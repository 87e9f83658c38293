package org.onnxghn.graph.importer;

import static org.onnxghn.graph.importer.ParameterCollector.spansAxes;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.GraphConvention;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Primitive;
import org.onnxghn.graph.Role;
import org.onnxghn.graph.importer.ParameterCollector.Use;
import org.onnxghn.graph.importer.TraceParameters.Traces;
import org.onnxghn.onnx.OnnxException;
import org.onnxghn.onnx.proto.NodeProto;

/**
 * Third phase: what each operator is in the computational graph - the nodes of a layer, a
 * structural node, or nothing - and what role its parameters have. What the table says of an
 * operator is enough for most; the rest have a method here, or a class where several operators make
 * one layer.
 */
final class RecogniseLayers {
  private final Context context;
  private final LinearLayers linear;
  private final AffineLayers affine;
  private final FusedLayers fused;
  private final StructuralLayers structural;
  private final OtherParameters others;

  /** Nodes of unknown operators, as they stand in the file. */
  private final Set<NodeProto> unknown = Collections.newSetFromMap(new IdentityHashMap<>());

  private RecogniseLayers(Context context) {
    this.context = context;
    LayersBelow below = LayersBelow.find(context.graph);
    this.linear = new LinearLayers(context);
    this.affine = new AffineLayers(context, linear, below);
    this.fused = new FusedLayers(context, linear);
    this.structural = new StructuralLayers(context, below);
    this.others = new OtherParameters(context);
  }

  static Context recognise(OpGraph graph, Traces traces, GraphConvention convention) {
    Context context = new Context(graph, traces, convention);
    RecogniseLayers phase = new RecogniseLayers(context);
    for (Op op : graph.ops) {
      context.layers[op.id()] = phase.layer(op);
      phase.others.collect(op);
    }
    return context;
  }

  private Layer layer(Op op) {
    if (op.operator().isEmpty()) {
      // A function may be called a million times: a finding is about what stands in the file.
      if (unknown.add(op.node())) {
        context.findings.add(unknownOperator(op));
      }
      return Layer.contracted(op.inputs());
    }
    Operator operator = op.operator().get();
    return switch (operator.use()) {
      case SHAPE, SOURCE -> null;
      case CONTROL, CLASSICAL -> Layer.contracted(op.inputs());
      default -> special(op, operator);
    };
  }

  private static Finding unknownOperator(Op op) {
    return new Finding(
        ImportCodes.UNKNOWN_OPERATOR,
        Finding.Severity.WARNING,
        "operator "
            + op.domain()
            + "::"
            + op.type()
            + " is not known; data is taken to flow through all its inputs",
        op.node().getName(),
        op.type(),
        op.domain(),
        null,
        0,
        "If it owns parameters, name them with --keep, or export the model with standard operators.");
  }

  private Layer special(Op op, Operator operator) {
    // Without its first output an operator is no layer: nothing could follow its nodes.
    if (op.output(0) < 0 || context.normalisations.isRescalingPart(op)) {
      return Layer.contracted(structural.dataInputs(op, operator));
    }
    return switch (op.type()) {
      case "Conv", "FusedConv" -> convolution(op);
      case "MatMul", "FusedMatMul", "TransposeMatMul", "FusedMatMulActivation" -> linear.matMul(op);
      case "Gemm", "FusedGemm", "GemmFastGelu", "GemmFloat8" -> linear.gemm(op);
      case "Einsum" -> linear.einsum(op);
      case "Add", "Sum" -> affine.add(op);
      case "Mul" -> affine.mul(op);
      case "BatchNormalization" -> norm(op, Primitive.BN, 1, 2);
      case "LayerNormalization" -> norm(op, Primitive.LN, 1, 2);
      case "MaxPool", "AveragePool" -> structural.pool(op, operator);
      case "GlobalAveragePool", "ReduceMean" -> structural.globalPool(op);
      case "Softmax" -> structural.softmax(op);
      case "BiasSoftmax" -> structural.biasSoftmax(op);
      case "Concat" -> structural.concat(op, operator);
      case "Gather" -> gather(op);
      default ->
          op.domain().equals("com.microsoft") || op.is("Attention")
              ? fused(op, operator)
              : structural.byTable(op, operator);
    };
  }

  private Layer fused(Op op, Operator operator) {
    return switch (op.type()) {
      case "Attention" -> op.is("Attention") ? fused.attention(op, -1) : fused.packedAttention(op);
      case "PackedAttention", "LongformerAttention", "DecoderMaskedSelfAttention" ->
          fused.packedAttention(op);
      case "MultiHeadAttention", "PackedMultiHeadAttention" -> fused.attention(op, 3);
      case "GroupQueryAttention", "SparseAttention", "PagedAttention" -> fused.attention(op, -1);
      case "DecoderMaskedMultiHeadAttention" -> fused.attention(op, 10);
      case "SkipLayerNormalization" -> fused.skipLayerNormalization(op);
      case "EmbedLayerNormalization" -> fused.embedLayerNormalization(op);
      case "BiasGelu", "FastGelu", "BiasSplitGelu" -> fused.biased(op);
      case "BiasAdd", "BiasDropout", "BitmaskBiasDropout" -> biasAndResidual(op);
      default -> structural.byTable(op, operator);
    };
  }

  /** A bias of the layer before, and a residual where there is one, which the bias is not for. */
  private Layer biasAndResidual(Op op) {
    Layer biased = fused.biased(op);
    if (!context.traces.isData(op.input(2))) {
      return biased;
    }
    List<NodeSpec> chain = new ArrayList<>(biased.chain());
    chain.add(NodeSpec.operator(Primitive.SUM, null, op));
    return new Layer(chain, new int[] {op.input(0), op.input(2)}, Layer.Flow.RESIDUAL);
  }

  private Layer convolution(Op op) {
    Traced weight = context.traces.weight(op.input(1));
    if (weight == null) {
      return Layer.contracted(op.input(0), op.input(1));
    }
    long group = op.attributes().integer("group", 1);
    if (weight.isExact() && weight.shape().rank() < 3) {
      throw new OnnxException(
          ImportCodes.WEIGHT_SHAPE,
          op.label() + " has a weight '" + weight.tensor().name() + "' of shape " + weight.shape(),
          "The weight of a convolution has 3 or more dimensions; export the model again.");
    }
    ParameterSlot slot = context.parameters.record(Use.asIs(weight, Role.WEIGHT, op, 1, group));
    Traced bias = context.traces.of(op.input(2));
    boolean planar = weight.isExact() && weight.shape().rank() == 4;
    List<NodeSpec> chain = new ArrayList<>();
    if (planar) {
      chain.add(
          NodeSpec.parameter(
              convPrimitive(op, group), weight.shape(), slot, weight.tensor().name()));
    }
    if (bias != null) {
      NodeSpec node = linear.bias(op, 2, bias);
      if (planar) {
        chain.add(node);
      }
    }
    return Layer.of(chain, op.input(0));
  }

  private static Primitive convPrimitive(Op op, long group) {
    if (group <= 1) {
      return Primitive.CONV;
    }
    long[] dilations = op.attributes().integers("dilations");
    long least = dilations == null || dilations.length == 0 ? 1 : Long.MAX_VALUE;
    for (long dilation : dilations == null ? new long[0] : dilations) {
      least = Math.min(least, dilation);
    }
    return least > 1 ? Primitive.DIL_CONV : Primitive.SEP_CONV;
  }

  private Layer norm(Op op, Primitive primitive, int weightInput, int biasInput) {
    Traced weight = context.traces.parameter(op.input(weightInput));
    if (weight == null) {
      return Layer.contracted(op.input(0));
    }
    Use use = Use.norm(weight, Role.NORM_WEIGHT, op, weightInput);
    ParameterSlot slot = context.parameters.record(use);
    NodeSpec node = NodeSpec.parameter(primitive, use.layerShape(), slot, weight.tensor().name());
    Traced bias = context.traces.parameter(op.input(biasInput));
    if (bias != null) {
      node.add(context.parameters.record(Use.norm(bias, Role.NORM_BIAS, op, biasInput)));
    }
    boolean hasNode = !spansAxes(weight) && (primitive != Primitive.BN || isPlanar(op));
    return hasNode ? Layer.of(List.of(node), op.input(0)) : Layer.contracted(op.input(0));
  }

  /** The reference knows BatchNorm2d only; by nature the others are the same primitive. */
  private boolean isPlanar(Op op) {
    int dimensions = context.flows.spatialDimensions(op.input(0));
    return context.convention == GraphConvention.NATURAL || dimensions == 2 || dimensions < 0;
  }

  /**
   * Rows of a table looked up with data: an embedding, which the reference counts among position
   * encodings.
   */
  private Layer gather(Op op) {
    Traced table = context.traces.parameter(op.input(0));
    if (table == null || !context.traces.isData(op.input(1))) {
      return Layer.contracted(op.input(0));
    }
    Use use = Use.asIs(table, Role.EMBEDDING, op, 0, 1);
    ParameterSlot slot = context.parameters.record(use);
    boolean matrix = table.isExact() && table.shape().rank() == 2;
    return matrix
        ? Layer.of(
            List.of(
                NodeSpec.parameter(Primitive.POS_ENC, table.shape(), slot, table.tensor().name())),
            op.input(1))
        : Layer.contracted(op.input(1));
  }
}
