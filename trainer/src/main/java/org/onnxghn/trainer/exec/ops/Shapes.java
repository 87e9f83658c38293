package org.onnxghn.trainer.exec.ops;

import java.util.Arrays;
import org.onnxghn.onnx.proto.TensorProto;
import org.onnxghn.trainer.exec.ConstantValues;
import org.onnxghn.trainer.exec.Literals;
import org.onnxghn.trainer.exec.NodeCode;
import org.onnxghn.trainer.exec.TorchTypes;
import org.onnxghn.trainer.exec.Unsupported;

/** Operators that change shapes, and that make tensors of a shape. */
final class Shapes {
  private Shapes() {}

  static void register(Operators.Registry registry) {
    registry.add("Reshape", Shapes::reshape);
    registry.add("Flatten", Shapes::flatten);
    registry.add("Squeeze", Shapes::squeeze);
    registry.add("Unsqueeze", Shapes::unsqueeze);
    registry.add("Constant", Shapes::constant);
    registry.add("ConstantOfShape", Shapes::constantOfShape);
    registry.add("Range", n -> n.out(n.call("arange", n.in(0), n.in(1), n.in(2))));
    registry.add(
        "com.microsoft::Range",
        n ->
            n.out(
                n.call(
                    "arange",
                    n.in(0),
                    n.in(1),
                    n.has(2) ? n.in(2) : "torch.ones_like(" + n.in(0) + ")")));
    registry.add(
        "com.microsoft::ExpandDims", n -> n.out("torch.unsqueeze(%s, %s)", n.in(0), n.integer(1)));
    registry.add("EyeLike", Shapes::eye);
    registry.add("Shape", Shapes::unreached);
    registry.add("Size", Shapes::unreached);
  }

  /** These are always done on the host. */
  private static void unreached(NodeCode node) {
    throw new IllegalStateException(node.operator() + " is shape arithmetic");
  }

  private static void reshape(NodeCode node) {
    long[] known = node.known("shape", 1);
    boolean allowZero = node.attribute("allowzero", 0) != 0;
    if (known != null && (allowZero || Arrays.stream(known).allMatch(dim -> dim != 0))) {
      node.out("torch.reshape(%s, %s)", node.in(0), node.list("shape", 1));
      return;
    }
    node.out(node.call("reshape", node.in(0), node.list("shape", 1), allowZero));
  }

  private static void flatten(NodeCode node) {
    node.out(node.call("flatten_to_matrix", node.in(0), node.attribute("axis", 1)));
  }

  private static void squeeze(NodeCode node) {
    String axes = node.list("axes", 1);
    node.out(
        axes == null
            ? "torch.squeeze(" + node.in(0) + ")"
            : "torch.squeeze(" + node.in(0) + ", " + axes + ")");
  }

  private static void unsqueeze(NodeCode node) {
    long[] known = node.known("axes", 1);
    if (known != null && known.length == 1) {
      node.out("torch.unsqueeze(%s, %s)", node.in(0), Long.toString(known[0]));
      return;
    }
    node.out(node.call("unsqueeze", node.in(0), node.list("axes", 1)));
  }

  /** Numeric constants are tensors of the file; this is reached by the others. */
  private static void constant(NodeCode node) {
    throw new Unsupported("a constant that is no dense tensor of numbers");
  }

  private static void constantOfShape(NodeCode node) {
    TensorProto value = node.tensorAttribute("value");
    int type = value == null ? 6 : TorchTypes.require(value.getDataType());
    double number = value == null ? 0 : ConstantValues.doubleOf(value);
    node.out(
        "torch.full(%s, %s, dtype=%s, device=device)",
        node.list(0), Literals.of(number), Integer.toString(type));
  }

  private static void eye(NodeCode node) {
    long k = node.attribute("k", 0);
    String type =
        node.hasAttribute("dtype")
            ? Integer.toString(TorchTypes.require(node.attribute("dtype", 1)))
            : "(" + node.in(0) + ").dtype";
    node.out("torch.to(%s, %s)", node.call("eye_like", node.in(0), k), type);
  }
}
