package org.onnxghn.trainer.exec.ops;

import java.util.Map;
import org.onnxghn.trainer.exec.NodeCode;
import org.onnxghn.trainer.exec.TorchTypes;
import org.onnxghn.trainer.exec.Unsupported;

/** Arithmetic, comparison and logic, element by element, with broadcasting. */
final class Elementwise {
  /** ONNX to PyTorch, one input. */
  private static final Map<String, String> UNARY =
      Map.ofEntries(
          Map.entry("Abs", "abs"),
          Map.entry("Acos", "acos"),
          Map.entry("Acosh", "acosh"),
          Map.entry("Asin", "asin"),
          Map.entry("Asinh", "asinh"),
          Map.entry("Atan", "atan"),
          Map.entry("Atanh", "atanh"),
          Map.entry("Ceil", "ceil"),
          Map.entry("Cos", "cos"),
          Map.entry("Cosh", "cosh"),
          Map.entry("Erf", "erf"),
          Map.entry("Exp", "exp"),
          Map.entry("Floor", "floor"),
          Map.entry("Log", "log"),
          Map.entry("Neg", "neg"),
          Map.entry("Not", "logical_not"),
          Map.entry("Reciprocal", "reciprocal"),
          Map.entry("Round", "round"),
          Map.entry("Sign", "sign"),
          Map.entry("Sin", "sin"),
          Map.entry("Sinh", "sinh"),
          Map.entry("Sqrt", "sqrt"),
          Map.entry("Tan", "tan"),
          Map.entry("IsNaN", "isnan"),
          Map.entry("BitwiseNot", "bitwise_not"));

  /** ONNX to PyTorch, two inputs. */
  private static final Map<String, String> BINARY =
      Map.ofEntries(
          Map.entry("Add", "add"),
          Map.entry("Sub", "sub"),
          Map.entry("Mul", "mul"),
          Map.entry("And", "logical_and"),
          Map.entry("Or", "logical_or"),
          Map.entry("Xor", "logical_xor"),
          Map.entry("Equal", "eq"),
          Map.entry("Greater", "gt"),
          Map.entry("Less", "lt"),
          Map.entry("GreaterOrEqual", "ge"),
          Map.entry("LessOrEqual", "le"),
          Map.entry("BitwiseAnd", "bitwise_and"),
          Map.entry("BitwiseOr", "bitwise_or"),
          Map.entry("BitwiseXor", "bitwise_xor"));

  private Elementwise() {}

  static void register(Operators.Registry registry) {
    UNARY.forEach((onnx, torch) -> registry.add(onnx, n -> n.out("torch.%s(%s)", torch, n.in(0))));
    BINARY.forEach(
        (onnx, torch) ->
            registry.add(onnx, n -> n.out("torch.%s(%s, %s)", torch, n.in(0), right(n))));
    registry.add("Div", n -> n.out(n.call("divide", n.in(0), right(n))));
    registry.add("Pow", Elementwise::pow);
    registry.add("Mod", Elementwise::mod);
    registry.add("BitShift", Elementwise::bitShift);
    registry.add("IsInf", Elementwise::isInf);
    registry.add("Where", n -> n.out("torch.where(%s, %s, %s)", n.in(0), n.in(1), n.in(2)));
    registry.add("Sum", n -> n.out(chain(n, "add")));
    registry.add("Max", n -> n.out(chain(n, "maximum")));
    registry.add("Min", n -> n.out(chain(n, "minimum")));
    registry.add(
        "Mean", n -> n.out("torch.div(%s, %s)", chain(n, "add"), Integer.toString(n.inputs())));
    registry.add("Cast", n -> n.out(cast(n.in(0), TorchTypes.castTarget(n))));
    registry.add("CastLike", n -> n.out("torch.to(%s, (%s).dtype)", n.in(0), n.in(1)));
    registry.add("Identity", NodeCode::pass);
  }

  private static String cast(String x, int type) {
    return "torch.to(" + x + ", " + type + ")";
  }

  /**
   * The second operand; before version 7 broadcasting was an attribute, and an axis said where the
   * second operand's dimensions begin.
   */
  private static String right(NodeCode node) {
    if (node.opset() < 7 && node.attribute("broadcast", 0) != 0 && node.hasAttribute("axis")) {
      return node.call("align", node.in(0), node.in(1), node.attribute("axis", 0));
    }
    return node.in(1);
  }

  private static void pow(NodeCode node) {
    // A stored exponent that is one number is a setting: x^2 needs no logarithm in its gradient.
    Double exponent = node.scalar(1);
    if (exponent != null && node.shape(1).rank() == 0) {
      node.out(node.call("power_of", node.in(0), exponent));
    } else {
      node.out(node.call("power", node.in(0), right(node)));
    }
  }

  private static void mod(NodeCode node) {
    String function = node.attribute("fmod", 0) != 0 ? "fmod" : "remainder";
    node.out("torch.%s(%s, %s)", function, node.in(0), node.call("without_minus_one", node.in(1)));
  }

  private static void bitShift(NodeCode node) {
    boolean left = node.attribute("direction", "").equals("LEFT");
    node.out(
        "torch.%s(%s, %s)",
        left ? "bitwise_left_shift" : "bitwise_right_shift", node.in(0), node.in(1));
  }

  private static void isInf(NodeCode node) {
    boolean negative = node.attribute("detect_negative", 1) != 0;
    boolean positive = node.attribute("detect_positive", 1) != 0;
    if (!negative && !positive) {
      throw new Unsupported("it detects neither infinity");
    }
    String function = negative && positive ? "isinf" : negative ? "isneginf" : "isposinf";
    node.out("torch.%s(%s)", function, node.in(0));
  }

  /** Any number of inputs, two at a time. */
  private static String chain(NodeCode node, String function) {
    String result = node.in(0);
    for (int i = 1; i < node.inputs(); i++) {
      result = node.name("torch.%s(%s, %s)".formatted(function, result, node.in(i)));
    }
    return result;
  }
}
