package org.onnxghn.trainer.exec.ops;

import java.util.Arrays;
import org.onnxghn.trainer.exec.Literals;
import org.onnxghn.trainer.exec.NodeCode;
import org.onnxghn.trainer.exec.Unsupported;

/** Attributes that several operators share, in PyTorch's terms. */
final class Settings {
  private Settings() {}

  static long[] orOnes(long[] values, int rank) {
    if (values == null || values.length == 0) {
      long[] ones = new long[rank];
      Arrays.fill(ones, 1);
      return ones;
    }
    if (values.length != rank) {
      throw new Unsupported("attributes for " + values.length + " and " + rank + " dimensions");
    }
    return values;
  }

  /** Begins, then ends; zero where {@code auto_pad} says VALID or nothing is said. */
  static long[] pads(NodeCode node, int rank) {
    long[] pads = node.integers("pads");
    boolean automatic = !node.attribute("auto_pad", "NOTSET").equals("NOTSET");
    if (pads == null || pads.length == 0 || automatic) {
      return new long[2 * rank];
    }
    if (pads.length != 2 * rank) {
      throw new Unsupported("pads for another number of dimensions");
    }
    return pads;
  }

  static boolean symmetric(long[] pads) {
    int half = pads.length / 2;
    return Arrays.equals(pads, 0, half, pads, half, pads.length)
        && Arrays.stream(pads).allMatch(pad -> pad >= 0);
  }

  /** From ONNX's begins and ends to PyTorch's pairs, last dimension first. */
  static String torchPads(long[] pads) {
    int rank = pads.length / 2;
    long[] result = new long[2 * rank];
    for (int i = 0; i < rank; i++) {
      result[2 * (rank - 1 - i)] = pads[i];
      result[2 * (rank - 1 - i) + 1] = pads[rank + i];
    }
    return Arrays.toString(result);
  }

  /** The {@code activation} attribute of ONNX Runtime's fused operators, applied. */
  static String activation(NodeCode node, String x) {
    String name = node.attribute("activation", "");
    double[] values = node.floats("activation_params");
    double first = values != null && values.length > 0 ? values[0] : 0;
    double second = values != null && values.length > 1 ? values[1] : 0;
    return switch (name) {
      case "", "Identity" -> x;
      case "Relu" -> "torch.relu(" + x + ")";
      case "Tanh" -> "torch.tanh(" + x + ")";
      case "Sigmoid" -> "torch.sigmoid(" + x + ")";
      case "LeakyRelu" ->
          "torch.leaky_relu(%s, %s)"
              .formatted(
                  x,
                  Literals.of(node.attribute("activation_alpha", values == null ? 0.01 : first)));
      case "Clip" ->
          "torch.clamp(%s, %s, %s)".formatted(x, Literals.of(first), Literals.of(second));
      default -> throw new Unsupported("a fused activation of another kind");
    };
  }
}
