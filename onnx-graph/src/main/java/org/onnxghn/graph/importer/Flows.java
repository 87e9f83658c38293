package org.onnxghn.graph.importer;

import java.util.Set;
import org.onnxghn.graph.importer.TraceParameters.Traces;

/** Steps along the data flow that several patterns take. */
final class Flows {
  /** Operators that hand on what they get, at most in another shape or type. */
  private static final Set<String> SAME_ELEMENTS =
      Set.of(
          "Identity", "Cast", "Dropout", "Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze");

  private static final Set<String> SAME_TENSOR = Set.of("Identity", "Cast", "Dropout");

  /** Patterns are short; a longer chain of reshapes is not followed. */
  private static final int MAX_STEPS = 32;

  private final OpGraph graph;
  private final Traces traces;

  Flows(OpGraph graph, Traces traces) {
    this.graph = graph;
    this.traces = traces;
  }

  /** The first value upstream that is not merely handed on. */
  int origin(int value) {
    return upstream(value, SAME_ELEMENTS);
  }

  /** The first value upstream that is another tensor: like {@link #origin}, but shapes count. */
  int root(int value) {
    return upstream(value, SAME_TENSOR);
  }

  private int upstream(int value, Set<String> through) {
    int at = value;
    for (int step = 0; step < MAX_STEPS; step++) {
      Op op = graph.producer(at);
      if (op == null
          || !op.domain().equals("ai.onnx")
          || !through.contains(op.type())
          || op.input(0) < 0) {
        break;
      }
      at = op.input(0);
    }
    return at;
  }

  /** The operator that computes the origin, or null. */
  Op source(int value) {
    return graph.producer(origin(value));
  }

  /**
   * The only operand of a binary operator that is no constant of one element, or -1 when both or
   * none are such.
   */
  int variable(Op op) {
    boolean first = isScalar(op.input(0));
    boolean second = isScalar(op.input(1));
    return first == second ? -1 : first ? op.input(1) : op.input(0);
  }

  /** Whether the value is a constant of one element, or computed without data and parameters. */
  boolean isScalar(int value) {
    Traced trace = traces.of(value);
    return value >= 0
        && (trace != null ? trace.tensor().shape().elements() == 1 : !traces.isData(value));
  }

  /** Operators that keep the number of dimensions of their first operand. */
  private static final Set<String> SAME_RANK =
      Set.of(
          "Identity",
          "Cast",
          "Dropout",
          "Relu",
          "LeakyRelu",
          "Sigmoid",
          "Tanh",
          "Clip",
          "HardSwish",
          "HardSigmoid",
          "Elu",
          "Selu",
          "Softplus",
          "Mul",
          "Add",
          "Sum",
          "Sub",
          "Div",
          "Concat",
          "Pad",
          "BatchNormalization",
          "PRelu",
          "Gelu",
          "Erf");

  /**
   * Spatial dimensions of what flows: those of the nearest convolution or pooling upstream, 0
   * behind a Linear layer, -1 when nothing upstream tells.
   */
  int spatialDimensions(int value) {
    int at = value;
    for (int step = 0; step < MAX_STEPS; step++) {
      Op op = graph.producer(at);
      if (op == null || !op.domain().equals("ai.onnx")) {
        return -1;
      }
      if (op.is("Gemm") || op.is("Flatten")) {
        return 0;
      }
      if (op.is("Conv") || op.is("ConvTranspose")) {
        Traced weight = traces.of(op.input(1));
        return weight == null || !weight.isExact() ? -1 : weight.shape().rank() - 2;
      }
      if (op.is("MatMul")) {
        return 0;
      }
      if (op.attributes().has("kernel_shape")) {
        return op.attributes().integers("kernel_shape").length;
      }
      if (!SAME_RANK.contains(op.type()) || op.input(0) < 0) {
        return -1;
      }
      at = traces.isData(op.input(0)) ? op.input(0) : op.input(1);
    }
    return -1;
  }
}
