package org.onnxghn.graph.importer;

/** How many output channels the layer has that computes a value and has no bias yet. */
final class LayerOutputs {
  /**
   * Sums that are followed: a recurrent cell in pieces adds two products, and then two biases, one
   * after the other.
   */
  private static final int MAX_SUMS = 3;

  private final Context context;

  LayerOutputs(Context context) {
    this.context = context;
  }

  /**
   * Output channels of the layer that an operator is, whatever its primitive, or of one whose
   * output it adds; -1 when it is none or has its bias already.
   */
  long of(Op source) {
    return of(source, 0);
  }

  private long of(Op source, int sums) {
    if (source == null) {
      return -1;
    }
    if (source.is("Add")) {
      long outputs = -1;
      for (int i = 0; i < 2 && sums < MAX_SUMS && outputs < 0; i++) {
        boolean data = context.traces.isData(source.input(i));
        outputs = data ? of(context.flows.source(source.input(i)), sums + 1) : -1;
      }
      return outputs;
    }
    for (int input : new int[] {1, 0}) {
      Traced weight = context.traces.weight(source.input(input));
      if (weight != null && weight.isExact() && weight.shape().rank() >= 2) {
        return ofLayer(source, weight, input);
      }
    }
    return -1;
  }

  private long ofLayer(Op source, Traced weight, int input) {
    return switch (source.type()) {
      case "Conv", "FusedConv" -> source.input(2) >= 0 ? -1 : weight.shape().dim(0);
      case "ConvTranspose" ->
          source.input(2) >= 0
              ? -1
              : weight.shape().dim(1) * source.attributes().integer("group", 1);
      case "MatMul", "FusedMatMul", "TransposeMatMul", "Einsum" -> ofLinear(source, weight, input);
      case "Gemm" -> source.input(2) >= 0 ? -1 : ofLinear(source, weight, input);
      default -> -1;
    };
  }

  private long ofLinear(Op source, Traced weight, int input) {
    Layer layer = context.layers[source.id()];
    if (layer != null && layer.chain().size() == 1) {
      return layer.chain().get(0).shape.dim(0);
    }
    int last = weight.shape().rank() - 1;
    return weight.shape().dim(input == 1 ? last : 0);
  }
}
