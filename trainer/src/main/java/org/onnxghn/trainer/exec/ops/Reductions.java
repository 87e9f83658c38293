package org.onnxghn.trainer.exec.ops;

import java.util.Map;
import org.onnxghn.trainer.exec.NodeCode;

/** Reductions over axes; the axes came as an attribute first and as an input later. */
final class Reductions {
  /** ONNX to library functions of a tensor, axes and whether they are kept. */
  private static final Map<String, String> FUNCTIONS =
      Map.of(
          "ReduceSum", "reduce_sum",
          "ReduceMean", "reduce_mean",
          "ReduceMax", "reduce_max",
          "ReduceMin", "reduce_min",
          "ReduceProd", "reduce_prod",
          "ReduceL1", "reduce_l1",
          "ReduceL2", "reduce_l2",
          "ReduceLogSum", "reduce_log_sum",
          "ReduceLogSumExp", "reduce_log_sum_exp",
          "ReduceSumSquare", "reduce_sum_square");

  private Reductions() {}

  static void register(Operators.Registry registry) {
    FUNCTIONS.forEach((operator, function) -> registry.add(operator, n -> reduce(n, function)));
    registry.add("ArgMax", n -> n.out(argument(n, "argmax")));
    registry.add("ArgMin", n -> n.out(argument(n, "argmin")));
    registry.add("CumSum", Reductions::cumulative);
    registry.add("TopK", Reductions::top);
  }

  private static void reduce(NodeCode node, String function) {
    boolean keep = node.attribute("keepdims", 1) != 0;
    boolean noop = node.attribute("noop_with_empty_axes", 0) != 0;
    long[] known = node.known("axes", 1);
    String axes = node.list("axes", 1);
    String x = node.in(0);
    String reduced =
        known != null && known.length > 0
            ? axes
            : node.call("reduced_axes", x, axes == null ? "annotate(List[int], [])" : axes, noop);
    node.out(node.call(function, x, reduced, keep));
  }

  private static String argument(NodeCode node, String function) {
    long axis = node.attribute("axis", 0);
    boolean keep = node.attribute("keepdims", 1) != 0;
    if (node.attribute("select_last_index", 0) != 0) {
      return node.call("last_" + function, node.in(0), axis, keep);
    }
    return "torch.%s(%s, %d, %s)".formatted(function, node.in(0), axis, keep ? "True" : "False");
  }

  private static void cumulative(NodeCode node) {
    boolean exclusive = node.attribute("exclusive", 0) != 0;
    boolean reverse = node.attribute("reverse", 0) != 0;
    node.out(node.call("cumulative_sum", node.in(0), node.integer(1), exclusive, reverse));
  }

  private static void top(NodeCode node) {
    String k = node.opset() < 10 ? Long.toString(node.attribute("k", 1)) : node.integer(1);
    boolean largest = node.attribute("largest", 1) != 0;
    String both = node.name(node.call("top_k", node.in(0), k, node.attribute("axis", -1), largest));
    node.out(0, both + "[0]");
    node.out(1, both + "[1]");
  }
}
