package org.onnxghn.trainer.exec.ops;

import java.util.Arrays;
import org.onnxghn.trainer.exec.NodeCode;
import org.onnxghn.trainer.exec.Unsupported;

/** Pooling with windows, and over everything. */
final class Pooling {
  private Pooling() {}

  static void register(Operators.Registry registry) {
    registry.add("MaxPool", Pooling::max);
    registry.add("AveragePool", Pooling::average);
    registry.add("LpPool", Pooling::lp);
    registry.add("GlobalAveragePool", n -> n.out(n.call("global_mean", n.in(0))));
    registry.add("GlobalMaxPool", n -> n.out(n.call("global_max", n.in(0))));
    registry.add("GlobalLpPool", n -> n.out(n.call("global_lp", n.in(0), (double) power(n))));
    registry.add("MaxUnpool", Pooling::unpool);
  }

  /** The window and how it moves, as attributes have it. */
  private record Window(
      long[] kernel, long[] strides, long[] pads, long[] dilations, boolean ceil) {
    static Window of(NodeCode node) {
      long[] kernel = node.integers("kernel_shape");
      if (kernel == null || kernel.length < 1 || kernel.length > 3) {
        throw new Unsupported("a window of other than 1 to 3 dimensions");
      }
      return new Window(
          kernel,
          Settings.orOnes(node.integers("strides"), kernel.length),
          Settings.pads(node, kernel.length),
          Settings.orOnes(node.integers("dilations"), kernel.length),
          node.attribute("ceil_mode", 0) != 0);
    }

    int rank() {
      return kernel.length;
    }

    /** Whether PyTorch's own padding is enough: symmetric, at most half the window. */
    boolean plain() {
      for (int i = 0; i < rank(); i++) {
        if (pads[i] > kernel[i] / 2) {
          return false;
        }
      }
      return Settings.symmetric(pads);
    }

    boolean dilated() {
      return Arrays.stream(dilations).anyMatch(d -> d != 1);
    }

    String padding() {
      return Arrays.toString(Arrays.copyOf(pads, rank()));
    }
  }

  private static String autoPads(NodeCode node, Window window) {
    String mode = node.attribute("auto_pad", "NOTSET");
    if (!mode.startsWith("SAME")) {
      return Arrays.toString(window.pads());
    }
    return node.name(
        node.call(
            "same_pads",
            node.in(0),
            window.kernel(),
            window.strides(),
            window.dilations(),
            mode.equals("SAME_LOWER")));
  }

  private static boolean automatic(NodeCode node) {
    return node.attribute("auto_pad", "NOTSET").startsWith("SAME");
  }

  private static void max(NodeCode node) {
    Window w = Window.of(node);
    if (!node.wants(1) && w.plain() && !automatic(node)) {
      node.out(
          "torch.max_pool%sd(%s, %s, %s, %s, %s, %s)",
          Integer.toString(w.rank()),
          node.in(0),
          Arrays.toString(w.kernel()),
          Arrays.toString(w.strides()),
          w.padding(),
          Arrays.toString(w.dilations()),
          w.ceil() ? "True" : "False");
      return;
    }
    String call =
        node.call(
            node.wants(1) ? "max_pool_indices" : "max_pool",
            node.in(0),
            w.kernel(),
            w.strides(),
            autoPads(node, w),
            w.dilations(),
            w.ceil());
    if (!node.wants(1)) {
      node.out(call);
      return;
    }
    if (node.attribute("storage_order", 0) != 0) {
      call =
          node.call(
              "max_pool_column_indices",
              node.in(0),
              w.kernel(),
              w.strides(),
              autoPads(node, w),
              w.dilations(),
              w.ceil());
    }
    String both = node.name(call);
    node.out(0, both + "[0]");
    node.out(1, both + "[1]");
  }

  private static void average(NodeCode node) {
    Window w = Window.of(node);
    boolean include = node.attribute("count_include_pad", 0) != 0;
    if (w.plain() && !w.dilated() && !automatic(node)) {
      node.out(
          "torch.avg_pool%sd(%s, %s, %s, %s, %s, %s)",
          Integer.toString(w.rank()),
          node.in(0),
          Arrays.toString(w.kernel()),
          Arrays.toString(w.strides()),
          w.padding(),
          w.ceil() ? "True" : "False",
          include ? "True" : "False");
      return;
    }
    node.out(
        node.call(
            "average_pool",
            node.in(0),
            w.kernel(),
            w.strides(),
            autoPads(node, w),
            w.dilations(),
            w.ceil(),
            include));
  }

  private static long power(NodeCode node) {
    // A float before version 2.
    return node.opset() < 2 ? (long) node.attribute("p", 2.0) : node.attribute("p", 2);
  }

  private static void lp(NodeCode node) {
    Window w = Window.of(node);
    node.out(
        node.call(
            "lp_pool",
            node.in(0),
            (double) power(node),
            w.kernel(),
            w.strides(),
            autoPads(node, w),
            w.dilations(),
            w.ceil()));
  }

  private static void unpool(NodeCode node) {
    Window w = Window.of(node);
    String shape = node.has(2) ? node.list(2) : "None";
    node.out(
        node.call(
            "max_unpool",
            node.in(0),
            node.in(1),
            w.kernel(),
            w.strides(),
            Arrays.toString(w.pads()),
            shape));
  }
}
