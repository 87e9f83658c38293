package org.onnxghn.trainer.exec.ops;

import org.onnxghn.trainer.exec.NodeCode;
import org.onnxghn.trainer.exec.TorchTypes;
import org.onnxghn.trainer.exec.Unsupported;

/** Losses that stand in the graph, and the affine maps of quantised tensors. */
final class Losses {
  private Losses() {}

  static void register(Operators.Registry registry) {
    registry.add("NegativeLogLikelihoodLoss", n -> n.out(likelihood(n, n.in(0))));
    registry.add("SoftmaxCrossEntropyLoss", Losses::crossEntropy);
    registry.add("DequantizeLinear", Losses::dequantize);
    registry.add("com.microsoft::DequantizeLinear", Losses::dequantize);
    registry.add("QuantizeLinear", Losses::quantize);
    registry.add("com.microsoft::QuantizeLinear", Losses::quantize);
  }

  private static void requirePlain(NodeCode node) {
    if (node.attribute("block_size", 0) != 0) {
      throw new Unsupported("quantisation in blocks");
    }
  }

  private static void dequantize(NodeCode node) {
    requirePlain(node);
    node.out(
        node.call(
            "dequantize", node.in(0), node.in(1), node.optional(2), node.attribute("axis", 1)));
  }

  private static void quantize(NodeCode node) {
    requirePlain(node);
    int type =
        node.hasAttribute("output_dtype")
            ? TorchTypes.require(node.attribute("output_dtype", 2))
            : 0;
    node.out(
        node.call(
            "quantize",
            node.in(0),
            node.in(1),
            node.optional(2),
            node.attribute("axis", 1),
            (long) type));
  }

  private static String likelihood(NodeCode node, String logProbabilities) {
    long reduction =
        switch (node.attribute("reduction", "mean")) {
          case "none" -> 0;
          case "mean" -> 1;
          case "sum" -> 2;
          default -> throw new Unsupported("a reduction of another kind");
        };
    return node.call(
        "negative_log_likelihood",
        logProbabilities,
        node.in(1),
        node.optional(2),
        reduction,
        node.hasAttribute("ignore_index") ? node.attribute("ignore_index", 0) : -100L);
  }

  private static void crossEntropy(NodeCode node) {
    String logProbabilities = node.name("torch.log_softmax(" + node.in(0) + ", 1)");
    node.out(0, likelihood(node, logProbabilities));
    node.out(1, logProbabilities);
  }
}
