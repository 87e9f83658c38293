package org.onnxghn.trainer.exec;

import java.util.Map;
import java.util.Optional;

/** The part of {@link HostShapes} that computes: sums, products, comparisons, choices. */
final class HostArithmetic {
  /** Library functions on two lists, which broadcast lists of one element. */
  private static final Map<String, String> BINARY =
      Map.of(
          "Add", "ints_add",
          "Sub", "ints_sub",
          "Mul", "ints_mul",
          "Div", "ints_div",
          "Equal", "ints_equal",
          "Min", "ints_min",
          "Max", "ints_max");

  private HostArithmetic() {}

  /** As {@link HostShapes#emit}. */
  static boolean emit(NodeCode node) {
    String function = BINARY.get(node.operator());
    if (function != null) {
      return node.inputs() == 2 && binary(node, function);
    }
    return switch (node.operator()) {
      case "Where" -> where(node);
      case "ReduceProd" -> reduceProd(node);
      default -> false;
    };
  }

  private static boolean binary(NodeCode node, String function) {
    Optional<Value.Ints> a = node.ints(0);
    Optional<Value.Ints> b = node.ints(1);
    if (a.isEmpty() || b.isEmpty() || node.hasAttribute("broadcast")) {
      return false;
    }
    int type = function.equals("ints_equal") ? TorchTypes.BOOL : a.get().type();
    boolean scalar = a.get().scalar() && b.get().scalar();
    long[] x = a.get().folded();
    long[] y = b.get().folded();
    if (x != null && y != null && (x.length == y.length || x.length == 1 || y.length == 1)) {
      long[] result = new long[x.length == 1 ? y.length : x.length];
      for (int i = 0; i < result.length; i++) {
        long p = x[x.length == 1 ? 0 : i];
        long q = y[y.length == 1 ? 0 : i];
        if (q == 0 && function.equals("ints_div")) {
          return false;
        }
        result[i] = fold(function, p, q);
      }
      node.outValue(0, HostShapes.folded(result, scalar, type));
      return true;
    }
    return HostShapes.define(
        node, node.call(function, a.get().expression(), b.get().expression()), scalar, type);
  }

  private static long fold(String function, long a, long b) {
    return switch (function) {
      case "ints_add" -> a + b;
      case "ints_sub" -> a - b;
      case "ints_mul" -> a * b;
      case "ints_div" -> a / b;
      case "ints_min" -> Math.min(a, b);
      case "ints_max" -> Math.max(a, b);
      case "ints_equal" -> a == b ? 1 : 0;
      default -> throw new IllegalArgumentException(function);
    };
  }

  private static boolean where(NodeCode node) {
    Optional<Value.Ints> condition = node.ints(0);
    Optional<Value.Ints> a = node.ints(1);
    Optional<Value.Ints> b = node.ints(2);
    if (condition.isEmpty() || a.isEmpty() || b.isEmpty()) {
      return false;
    }
    boolean scalar = condition.get().scalar() && a.get().scalar() && b.get().scalar();
    String call =
        node.call(
            "ints_where", condition.get().expression(), a.get().expression(), b.get().expression());
    return HostShapes.define(node, call, scalar, a.get().type());
  }

  private static boolean reduceProd(NodeCode node) {
    Optional<Value.Ints> data = node.ints(0);
    if (data.isEmpty() || data.get().scalar()) {
      return false;
    }
    boolean scalar = node.attribute("keepdims", 1) == 0;
    return HostShapes.define(
        node, node.call("ints_prod", data.get().expression()), scalar, data.get().type());
  }
}
