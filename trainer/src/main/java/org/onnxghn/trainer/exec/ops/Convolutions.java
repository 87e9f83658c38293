package org.onnxghn.trainer.exec.ops;

import java.util.Arrays;
import org.onnxghn.trainer.exec.NodeCode;
import org.onnxghn.trainer.exec.Unsupported;

/** Conv and ConvTranspose in any number of dimensions. */
final class Convolutions {
  private Convolutions() {}

  static void register(Operators.Registry registry) {
    registry.add("Conv", n -> n.out(convolution(n, n.in(0))));
    registry.add("com.microsoft::FusedConv", Convolutions::fused);
    registry.add("ConvTranspose", Convolutions::transposed);
    registry.add("DeformConv", Convolutions::deformable);
  }

  /** Spatial dimensions, from whatever tells. */
  private static int rank(NodeCode node) {
    for (String name : new String[] {"kernel_shape", "strides", "dilations", "pads"}) {
      long[] values = node.integers(name);
      if (values != null && values.length > 0) {
        return name.equals("pads") ? values.length / 2 : values.length;
      }
    }
    if (node.shape(1) != null && node.shape(1).rank() > 2) {
      return node.shape(1).rank() - 2;
    }
    throw new Unsupported("neither attributes nor weight tell the number of dimensions");
  }

  private static String convolution(NodeCode node, String x) {
    int rank = rank(node);
    long[] strides = Settings.orOnes(node.integers("strides"), rank);
    long[] dilations = Settings.orOnes(node.integers("dilations"), rank);
    String autoPad = node.attribute("auto_pad", "NOTSET");
    long[] pads = Settings.pads(node, rank);
    String input = x;
    long[] symmetric = Arrays.copyOf(pads, rank);
    if (autoPad.startsWith("SAME")) {
      String kernel = "torch.size(" + node.in(1) + ")[2:]";
      input =
          node.name(
              node.call(
                  "pad_same", x, kernel, strides, dilations, autoPad.equals("SAME_LOWER"), "0.0"));
      symmetric = new long[rank];
    } else if (!Settings.symmetric(pads)) {
      input = node.name("torch.constant_pad_nd(%s, %s)".formatted(x, Settings.torchPads(pads)));
      symmetric = new long[rank];
    }
    return "torch.convolution(%s, %s, %s, %s, %s, %s, False, %s, %d)"
        .formatted(
            rank == 2 ? node.call("ordered", input, node.in(1)) : input,
            node.in(1),
            node.optional(2),
            Arrays.toString(strides),
            Arrays.toString(symmetric),
            Arrays.toString(dilations),
            Arrays.toString(new long[rank]),
            node.attribute("group", 1));
  }

  /** Inputs: x, weight, offsets, bias, mask. */
  private static void deformable(NodeCode node) {
    node.out(
        node.call(
            "deform_conv",
            node.in(0),
            node.in(1),
            node.in(2),
            node.optional(3),
            node.optional(4),
            Settings.orOnes(node.integers("strides"), 2),
            Settings.pads(node, 2),
            Settings.orOnes(node.integers("dilations"), 2),
            node.attribute("group", 1),
            node.attribute("offset_group", 1)));
  }

  private static void fused(NodeCode node) {
    if (node.has(3)) {
      throw new Unsupported("FusedConv with a summand");
    }
    String result = node.name(convolution(node, node.in(0)));
    node.out(Settings.activation(node, result));
  }

  private static void transposed(NodeCode node) {
    int rank = rank(node);
    long[] strides = Settings.orOnes(node.integers("strides"), rank);
    long[] dilations = Settings.orOnes(node.integers("dilations"), rank);
    long[] extra = node.integers("output_padding");
    long[] outputPadding = extra == null ? new long[rank] : extra;
    long[] outputShape = node.integers("output_shape");
    String autoPad = node.attribute("auto_pad", "NOTSET");
    long[] pads = Settings.pads(node, rank);
    boolean computed = outputShape != null || autoPad.startsWith("SAME");
    boolean plain = Arrays.equals(outputPadding, new long[rank]);
    if (!computed && plain && Settings.symmetric(pads)) {
      node.out(
          "torch.convolution(%s, %s, %s, %s, %s, %s, True, %s, %s)",
          node.in(0),
          node.in(1),
          node.optional(2),
          Arrays.toString(strides),
          Arrays.toString(Arrays.copyOf(pads, rank)),
          Arrays.toString(dilations),
          Arrays.toString(outputPadding),
          Long.toString(node.attribute("group", 1)));
      return;
    }
    if (outputShape != null && outputShape.length == rank + 2) {
      outputShape = Arrays.copyOfRange(outputShape, 2, rank + 2);
    }
    String begin = Arrays.toString(Arrays.copyOf(pads, rank));
    String end = Arrays.toString(Arrays.copyOfRange(pads, rank, 2 * rank));
    String shape = outputShape == null ? "None" : Arrays.toString(outputShape);
    node.out(
        node.call(
            "conv_transpose",
            node.in(0),
            node.in(1),
            node.optional(2),
            strides,
            dilations,
            node.attribute("group", 1),
            outputPadding,
            begin,
            end,
            shape,
            autoPad.startsWith("SAME"),
            autoPad.equals("SAME_UPPER")));
  }
}
