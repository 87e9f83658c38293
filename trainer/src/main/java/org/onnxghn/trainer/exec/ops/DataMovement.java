package org.onnxghn.trainer.exec.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.onnxghn.trainer.exec.Literals;
import org.onnxghn.trainer.exec.NodeCode;
import org.onnxghn.trainer.exec.Unsupported;

/** Operators that move values without changing them. */
final class DataMovement {
  private DataMovement() {}

  static void register(Operators.Registry registry) {
    registry.add("Concat", DataMovement::concat);
    registry.add("Split", DataMovement::split);
    registry.add("Slice", n -> slice(n, n.opset() >= 10));
    registry.add("DynamicSlice", n -> slice(n, true));
    registry.add("Pad", n -> pad(n, n.opset()));
    registry.add("com.microsoft::Pad", n -> pad(n, 13));
    registry.add("Transpose", DataMovement::transpose);
    registry.add("Tile", DataMovement::tile);
    registry.add("Expand", n -> n.out(n.call("expand", n.in(0), n.list(1))));
    registry.add("DepthToSpace", DataMovement::depthToSpace);
    registry.add(
        "SpaceToDepth", n -> n.out(n.call("space_to_depth", n.in(0), n.attribute("blocksize", 1))));
    registry.add("Crop", DataMovement::crop);
    registry.add("CenterCropPad", DataMovement::centerCropPad);
    registry.add("Col2Im", DataMovement::col2im);
    registry.add("Trilu", n -> trilu(n));
    registry.add("com.microsoft::Trilu", n -> trilu(n));
    registry.add("ImageScaler", DataMovement::imageScaler);
    registry.add(
        "ReverseSequence",
        n ->
            n.out(
                n.call(
                    "reverse_sequence",
                    n.in(0),
                    n.in(1),
                    n.attribute("batch_axis", 1),
                    n.attribute("time_axis", 0))));
  }

  private static void concat(NodeCode node) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < node.inputs(); i++) {
      parts.add(node.in(i));
    }
    long axis = node.attribute("axis", 1);
    node.out("torch.cat([%s], %s)", String.join(", ", parts), Long.toString(axis));
  }

  private static void split(NodeCode node) {
    String axis = Long.toString(node.attribute("axis", 0));
    String sizes = node.list("split", 1);
    String parts =
        sizes == null
            ? node.call("split_equal", node.in(0), (long) node.outputs(), axis)
            : "torch.split_with_sizes(" + node.in(0) + ", " + sizes + ", " + axis + ")";
    String list = node.name(parts);
    for (int i = 0; i < node.outputs(); i++) {
      node.out(i, list + "[" + i + "]");
    }
  }

  /**
   * @param inputs whether axes and steps are inputs
   */
  private static void slice(NodeCode node, boolean inputs) {
    long[] starts = node.known("starts", 1);
    long[] ends = node.known("ends", 2);
    boolean hasAxes = inputs ? node.has(3) : node.hasAttribute("axes");
    boolean hasSteps = inputs && node.has(4);
    long[] axes = hasAxes ? node.known("axes", 3) : null;
    long[] steps = hasSteps ? node.known(4) : null;
    if (starts != null && axes == null && !hasAxes) {
      axes = IntStream.range(0, starts.length).asLongStream().toArray();
    }
    if (starts != null && steps == null && !hasSteps) {
      steps = new long[starts.length];
      Arrays.fill(steps, 1);
    }
    boolean known = starts != null && ends != null && axes != null && steps != null;
    if (known && Arrays.stream(steps).allMatch(step -> step > 0)) {
      requireLengths(starts.length, ends, axes, steps);
      String result = node.in(0);
      for (int i = 0; i < starts.length; i++) {
        result =
            node.name(
                "torch.slice(%s, %d, %s, %s, %d)"
                    .formatted(
                        result, axes[i], Literals.of(starts[i]), Literals.of(ends[i]), steps[i]));
      }
      node.out(result);
      return;
    }
    node.out(
        node.call(
            "slice_any",
            node.in(0),
            node.list("starts", 1),
            node.list("ends", 2),
            hasAxes ? node.list("axes", 3) : "None",
            hasSteps ? node.list(4) : "None"));
  }

  private static void requireLengths(int length, long[]... lists) {
    for (long[] list : lists) {
      if (list.length != length) {
        throw new Unsupported("starts, ends, axes and steps of different lengths");
      }
    }
  }

  private static void pad(NodeCode node, long version) {
    String mode = node.attribute("mode", "constant");
    String pads = version < 2 ? node.list("paddings", 1) : node.list("pads", 1);
    if (pads == null) {
      throw new Unsupported("it has no pads");
    }
    String value = Literals.of(node.attribute("value", 0.0));
    if (version >= 11 && node.has(2)) {
      Double known = node.scalar(2);
      value = known != null ? Literals.of(known) : "float(" + node.in(2) + ")";
    }
    String all =
        version >= 18 && node.has(3)
            ? node.name(node.call("pads_of_axes", node.in(0), pads, node.list(3)))
            : pads;
    switch (mode) {
      case "constant" -> node.out(node.call("pad_constant", node.in(0), all, value));
      case "reflect" -> node.out(node.call("pad_index", node.in(0), all, 0L));
      case "edge" -> node.out(node.call("pad_index", node.in(0), all, 1L));
      case "wrap" -> node.out(node.call("pad_index", node.in(0), all, 2L));
      default -> throw new Unsupported("padding of another mode");
    }
  }

  private static void transpose(NodeCode node) {
    long[] order = node.integers("perm");
    node.out(
        order == null
            ? node.call("transpose_all", node.in(0))
            : "torch.permute(" + node.in(0) + ", " + Arrays.toString(order) + ")");
  }

  private static void tile(NodeCode node) {
    if (node.opset() < 6) {
      node.out(node.call("tile_axis", node.in(0), node.integer(1), node.integer(2)));
    } else {
      node.out("torch.repeat(%s, %s)", node.in(0), node.list(1));
    }
  }

  private static void depthToSpace(NodeCode node) {
    boolean columnFirst = node.attribute("mode", "DCR").equals("CRD");
    node.out(node.call("depth_to_space", node.in(0), node.attribute("blocksize", 1), columnFirst));
  }

  private static void crop(NodeCode node) {
    long[] border = node.integers("border");
    long[] scale = node.integers("scale");
    if (border == null || border.length != 4 || scale != null && scale.length != 2) {
      throw new Unsupported("its border does not have four values");
    }
    node.out(
        node.call("crop", node.in(0), border, scale == null ? "None" : Arrays.toString(scale)));
  }

  private static void centerCropPad(NodeCode node) {
    long[] axes = node.integers("axes");
    node.out(
        node.call(
            "center_crop_pad",
            node.in(0),
            node.list(1),
            axes == null ? "None" : Arrays.toString(axes)));
  }

  private static void col2im(NodeCode node) {
    node.out(
        node.call(
            "col2im",
            node.in(0),
            node.list(1),
            node.list(2),
            Settings.orOnes(node.integers("dilations"), 2),
            Settings.pads(node, 2),
            Settings.orOnes(node.integers("strides"), 2)));
  }

  private static void trilu(NodeCode node) {
    boolean upper = node.attribute("upper", 1) != 0;
    node.out(node.call("trilu", node.in(0), node.has(1) ? node.integer(1) : "0", upper));
  }

  private static void imageScaler(NodeCode node) {
    double[] bias = node.floats("bias");
    String scaled = node.in(0) + " * " + Literals.of(node.attribute("scale", 1.0));
    node.out(
        bias == null
            ? scaled
            : node.call("add_to_channels", "(" + scaled + ")", Arrays.toString(bias)));
  }
}
