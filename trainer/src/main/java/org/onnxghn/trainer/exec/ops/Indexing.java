package org.onnxghn.trainer.exec.ops;

import org.onnxghn.trainer.exec.Literals;
import org.onnxghn.trainer.exec.NodeCode;
import org.onnxghn.trainer.exec.Unsupported;

/** Operators that take indices. */
final class Indexing {
  private Indexing() {}

  static void register(Operators.Registry registry) {
    registry.add("Gather", Indexing::gather);
    registry.add(
        "GatherElements",
        n -> n.out(n.call("gather_elements", n.in(0), n.in(1), n.attribute("axis", 0))));
    registry.add(
        "GatherND",
        n -> n.out(n.call("gather_nd", n.in(0), n.in(1), n.attribute("batch_dims", 0))));
    registry.add("com.microsoft::GatherND", n -> n.out(n.call("gather_nd", n.in(0), n.in(1), 0L)));
    registry.add("Scatter", Indexing::scatterElements);
    registry.add("ScatterElements", Indexing::scatterElements);
    registry.add(
        "ScatterND", n -> n.out(n.call("scatter_nd", n.in(0), n.in(1), n.in(2), reduction(n))));
    registry.add(
        "OneHot",
        n -> n.out(n.call("one_hot", n.in(0), n.integer(1), n.in(2), n.attribute("axis", -1))));
    registry.add("NonZero", n -> n.out("torch.t(torch.nonzero(%s))", n.in(0)));
    registry.add("Compress", Indexing::compress);
  }

  private static void gather(NodeCode node) {
    long axis = node.attribute("axis", 0);
    if (node.isKnownScalar(1)) {
      String index = Literals.of(node.known(1)[0]);
      node.out("torch.select(%s, %s, %s)", node.in(0), Long.toString(axis), index);
      return;
    }
    node.out(node.call("gather", node.in(0), node.in(1), axis));
  }

  /** 0 none, 1 add, 2 mul, 3 max, 4 min. */
  private static long reduction(NodeCode node) {
    return switch (node.attribute("reduction", "none")) {
      case "none" -> 0;
      case "add" -> 1;
      case "mul" -> 2;
      case "max" -> 3;
      case "min" -> 4;
      default -> throw new Unsupported("a reduction of another kind");
    };
  }

  private static void scatterElements(NodeCode node) {
    node.out(
        node.call(
            "scatter_elements",
            node.in(0),
            node.in(1),
            node.in(2),
            node.attribute("axis", 0),
            reduction(node)));
  }

  private static void compress(NodeCode node) {
    node.out(
        node.hasAttribute("axis")
            ? node.call("compress", node.in(0), node.in(1), node.attribute("axis", 0))
            : node.call("compress", "torch.flatten(" + node.in(0) + ")", node.in(1), 0L));
  }
}
