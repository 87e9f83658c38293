package org.onnxghn.trainer.exec.ops;

import java.util.Arrays;
import java.util.List;
import org.onnxghn.trainer.exec.NodeCode;
import org.onnxghn.trainer.exec.Unsupported;

/** Resize in all its modes, Upsample, GridSample, AffineGrid. */
final class Resizing {
  /** Coordinate transformations, by the numbers that the library has for them. */
  private static final List<String> COORDINATES =
      List.of(
          "half_pixel",
          "half_pixel_symmetric",
          "pytorch_half_pixel",
          "align_corners",
          "asymmetric",
          "tf_half_pixel_for_nn",
          "tf_crop_and_resize");

  private static final List<String> ROUNDING =
      List.of("round_prefer_floor", "round_prefer_ceil", "floor", "ceil");

  private Resizing() {}

  static void register(Operators.Registry registry) {
    registry.add("Resize", Resizing::resize);
    registry.add("Upsample", Resizing::upsample);
    registry.add("GridSample", Resizing::gridSample);
    registry.add("com.microsoft::GridSample", Resizing::gridSample);
    registry.add(
        "AffineGrid",
        n ->
            n.out(
                "torch.affine_grid_generator(%s, %s, %s)",
                n.in(0), n.list(1), n.attribute("align_corners", 0) != 0 ? "True" : "False"));
  }

  private static void upsample(NodeCode node) {
    String scales;
    if (node.opset() < 7) {
      double height = node.attribute("height_scale", 1.0);
      double width = node.attribute("width_scale", 1.0);
      scales = Arrays.toString(new double[] {1, 1, height, width});
    } else if (node.opset() < 9) {
      scales = Arrays.toString(node.floats("scales"));
    } else {
      scales = scales(node, 1);
    }
    String mode = node.attribute("mode", "nearest");
    boolean linear = mode.equals("linear") || mode.equals("bilinear");
    node.out(
        node.call(
            "resize",
            node.in(0),
            scales,
            "None",
            "None",
            "None",
            linear ? 1L : 0L,
            4L,
            2L,
            -0.75,
            false,
            0.0,
            false));
  }

  private static String scales(NodeCode node, int input) {
    float[] known = node.floats(input);
    return known == null || known.length == 0
        ? node.call("to_floats", node.in(input))
        : Arrays.toString(known);
  }

  private static void resize(NodeCode node) {
    boolean first = node.opset() < 11;
    int scalesInput = first ? 1 : 2;
    boolean sized = !first && node.has(3);
    float[] known = node.has(scalesInput) ? node.floats(scalesInput) : null;
    boolean scaled = node.has(scalesInput) && !(known != null && known.length == 0) && !sized;
    String coordinates =
        node.attribute("coordinate_transformation_mode", first ? "asymmetric" : "half_pixel");
    String rounding = node.attribute("nearest_mode", first ? "floor" : "round_prefer_floor");
    long mode =
        switch (node.attribute("mode", "nearest")) {
          case "nearest" -> 0;
          case "linear" -> 1;
          case "cubic" -> 2;
          default -> throw new Unsupported("a mode of another kind");
        };
    if (!COORDINATES.contains(coordinates) || !ROUNDING.contains(rounding)) {
      throw new Unsupported("another coordinate transformation or rounding");
    }
    if (!scaled && !sized) {
      throw new Unsupported("it has neither scales nor sizes");
    }
    long[] list = node.integers("axes");
    String axes = list == null ? "None" : Arrays.toString(list);
    String[] extent = extent(node, scalesInput, sized, axes);
    boolean crop = coordinates.equals("tf_crop_and_resize");
    node.out(
        node.call(
            "resize",
            node.in(0),
            extent[0],
            extent[1],
            crop ? node.call("to_floats", node.in(1)) : "None",
            axes,
            mode,
            (long) COORDINATES.indexOf(coordinates),
            (long) ROUNDING.indexOf(rounding),
            node.attribute("cubic_coeff_a", -0.75),
            node.attribute("exclude_outside", 0) != 0,
            node.attribute("extrapolation_value", 0.0),
            node.attribute("antialias", 0) != 0));
  }

  /** Scales and sizes. */
  private static String[] extent(NodeCode node, int scalesInput, boolean sized, String axes) {
    if (!sized) {
      return new String[] {scales(node, scalesInput), "None"};
    }
    String sizes = node.list(3);
    String policy = node.attribute("keep_aspect_ratio_policy", "stretch");
    return switch (policy) {
      case "stretch" -> new String[] {"None", sizes};
      case "not_larger", "not_smaller" -> {
        boolean larger = policy.equals("not_smaller");
        String scale = node.name(node.call("resize_kept_scale", node.in(0), sizes, axes, larger));
        String count = "torch.len(" + sizes + ")";
        yield new String[] {
          "[" + scale + "] * " + count,
          node.call("resize_kept_sizes", node.in(0), scale, count, axes)
        };
      }
      default -> throw new Unsupported("another policy on the aspect ratio");
    };
  }

  private static void gridSample(NodeCode node) {
    int mode =
        switch (node.attribute("mode", "linear")) {
          case "bilinear", "linear" -> 0;
          case "nearest" -> 1;
          case "bicubic", "cubic" -> 2;
          default -> throw new Unsupported("a mode of another kind");
        };
    int padding =
        switch (node.attribute("padding_mode", "zeros")) {
          case "zeros" -> 0;
          case "border" -> 1;
          case "reflection" -> 2;
          default -> throw new Unsupported("padding of another kind");
        };
    node.out(
        "torch.grid_sampler(%s, %s, %s, %s, %s)",
        node.in(0),
        node.in(1),
        Integer.toString(mode),
        Integer.toString(padding),
        node.attribute("align_corners", 0) != 0 ? "True" : "False");
  }
}
