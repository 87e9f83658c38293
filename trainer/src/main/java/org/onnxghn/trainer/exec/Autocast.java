package org.onnxghn.trainer.exec;

import java.util.HashSet;
import java.util.Set;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.NodeProto;

/**
 * Mixed precision, as PyTorch's autocast: convolutions and matrix products take 16-bit operands,
 * what moves or scales values takes them as they come, and all else, such as sums, exponentials and
 * LayerNorm, takes float32. The casts are part of the program, so that gradients go through them.
 *
 * @param precision of products
 * @param full names of values whose operators stay in float32, such as the classifier's weight
 */
record Autocast(Precision precision, Set<String> full) {
  static final Autocast OFF = new Autocast(Precision.FLOAT32, Set.of());

  /** No cast. */
  static final int AS_IT_COMES = -1;

  private static final Set<String> PRODUCTS =
      Set.of("Conv", "ConvTranspose", "MatMul", "Gemm", "com.microsoft::FusedMatMul");

  private static final Set<String> INDIFFERENT =
      Set.of(
          "Abs",
          "Add",
          "AveragePool",
          "BatchNormalization",
          "Cast",
          "Clip",
          "Concat",
          "Div",
          "Dropout",
          "Expand",
          "Flatten",
          "Gather",
          "GlobalAveragePool",
          "GlobalMaxPool",
          "HardSigmoid",
          "HardSwish",
          "Identity",
          "LeakyRelu",
          "Max",
          "MaxPool",
          "Min",
          "Mul",
          "Neg",
          "Pad",
          "Relu",
          "Reshape",
          "Shape",
          "Sigmoid",
          "Slice",
          "Split",
          "Squeeze",
          "Sub",
          "Sum",
          "Tanh",
          "Transpose",
          "Unsqueeze",
          "Where");

  /** The same values in another form. */
  private static final Set<String> VIEWS =
      Set.of("Cast", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze");

  /** With the names of what is only a view of a parameter of {@code full}. */
  static Autocast of(Precision precision, Set<String> full, OnnxModel model) {
    Set<String> names = new HashSet<>(full);
    for (NodeProto node : model.proto().getGraph().getNodeList()) {
      if (VIEWS.contains(node.getOpType()) && names.contains(node.getInput(0))) {
        names.addAll(node.getOutputList());
      }
    }
    return new Autocast(precision, Set.copyOf(names));
  }

  /** PyTorch's number of the type that the node's floating-point inputs are cast to. */
  int typeFor(NodeProto node) {
    if (precision == Precision.FLOAT32) {
      return AS_IT_COMES;
    }
    String domain = Frame.canonical(node.getDomain());
    String operator = domain.isEmpty() ? node.getOpType() : domain + "::" + node.getOpType();
    if (INDIFFERENT.contains(operator)) {
      return AS_IT_COMES;
    }
    boolean reduced =
        PRODUCTS.contains(operator) && node.getInputList().stream().noneMatch(full::contains);
    return (reduced ? precision : Precision.FLOAT32).torchType();
  }
}
