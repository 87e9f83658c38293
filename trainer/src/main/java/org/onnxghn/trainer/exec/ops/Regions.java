package org.onnxghn.trainer.exec.ops;

import java.util.Arrays;
import org.onnxghn.trainer.exec.NodeCode;
import org.onnxghn.trainer.exec.Unsupported;

/** Parts of feature maps that boxes cut out; the boxes get no gradient. */
final class Regions {
  private Regions() {}

  static void register(Operators.Registry registry) {
    registry.add("RoiAlign", Regions::align);
    registry.add("MaxRoiPool", Regions::maxPool);
  }

  private static void align(NodeCode node) {
    if (!node.attribute("mode", "avg").equals("avg")) {
      throw new Unsupported("a mode other than avg, on which runtimes do not agree");
    }
    // Before version 16 boxes were not moved by half a pixel.
    String transformation =
        node.attribute(
            "coordinate_transformation_mode",
            node.opset() < 16 ? "output_half_pixel" : "half_pixel");
    node.out(
        node.call(
            "roi_align",
            node.in(0),
            node.in(1),
            node.in(2),
            node.attribute("output_height", 1),
            node.attribute("output_width", 1),
            node.attribute("sampling_ratio", 0),
            node.attribute("spatial_scale", 1.0),
            transformation.equals("half_pixel")));
  }

  private static void maxPool(NodeCode node) {
    long[] shape = node.integers("pooled_shape");
    if (shape == null || shape.length != 2) {
      throw new Unsupported("its pooled_shape does not have two values");
    }
    node.out(
        node.call(
            "max_roi_pool",
            node.in(0),
            node.in(1),
            Arrays.toString(shape),
            node.attribute("spatial_scale", 1.0)));
  }
}
