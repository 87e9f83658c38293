package org.onnxghn.trainer.exec.ops;

import org.onnxghn.trainer.exec.Literals;
import org.onnxghn.trainer.exec.NodeCode;
import org.onnxghn.trainer.exec.Unsupported;

/** Normalisation layers and dropout. */
final class Normalisations {
  private Normalisations() {}

  static void register(Operators.Registry registry) {
    registry.add("BatchNormalization", Normalisations::batch);
    registry.add(
        "InstanceNormalization",
        n ->
            n.out(
                "torch.instance_norm(%s, %s, %s, None, None, True, 0., %s, False)",
                n.in(0), n.in(1), n.in(2), epsilon(n)));
    registry.add("LayerNormalization", Normalisations::layer);
    registry.add("GroupNormalization", Normalisations::group);
    registry.add("RMSNormalization", n -> rms(n, n.in(0), n.in(1)));
    registry.add("SimplifiedLayerNormalization", n -> rms(n, n.in(0), n.in(1)));
    registry.add("com.microsoft::SkipLayerNormalization", Normalisations::skipLayer);
    registry.add("com.microsoft::SkipSimplifiedLayerNormalization", Normalisations::skipRms);
    registry.add("com.microsoft::EmbedLayerNormalization", Normalisations::embedding);
    registry.add("LRN", Normalisations::localResponse);
    registry.add("LpNormalization", Normalisations::lp);
    registry.add("MeanVarianceNormalization", Normalisations::meanVariance);
    registry.add("Dropout", Normalisations::dropout);
    registry.add("com.microsoft::BiasDropout", Normalisations::biasDropout);
  }

  private static String epsilon(NodeCode node) {
    return Literals.of(node.attribute("epsilon", 1e-5));
  }

  private static void batch(NodeCode node) {
    // What version 14 made an attribute, older files say with is_test and more outputs.
    boolean old = node.opset() < 7 && node.attribute("is_test", 0) == 0 && node.wants(1);
    boolean asked = node.attribute("training_mode", 0) != 0 || old;
    if (node.attribute("spatial", 1) == 0) {
      node.out(
          node.call(
              "batch_norm_per_activation",
              node.in(0),
              node.in(1),
              node.in(2),
              node.in(3),
              node.in(4),
              node.attribute("epsilon", 1e-5)));
      return;
    }
    if (!asked && !node.usesBatchStatistics() || node.isFrozen(3)) {
      node.out(
          node.call(
              "batch_norm",
              node.in(0),
              node.in(1),
              node.in(2),
              node.in(3),
              node.in(4),
              node.attribute("epsilon", 1e-5)));
      return;
    }
    String result =
        node.name(
            "torch.native_batch_norm(%s, %s, %s, None, None, True, 0., %s)"
                .formatted(node.in(0), node.in(1), node.in(2), epsilon(node)));
    node.out(0, node.call("densely_derived", "(" + result + ")[0]"));
    if (!node.updatesStatistics() && !node.wants(1) && !node.wants(2)) {
      return;
    }
    double momentum = node.attribute("momentum", 0.9);
    String mean =
        node.name(node.call("running", node.runningStatistic(3), "(" + result + ")[1]", momentum));
    String batchVariance =
        node.call("batch_variance", "(" + result + ")[2]", node.attribute("epsilon", 1e-5));
    String variance =
        node.name(node.call("running", node.runningStatistic(4), batchVariance, momentum));
    node.out(1, mean);
    node.out(2, variance);
    if (node.updatesStatistics()) {
      node.statistic(3, mean);
      node.statistic(4, variance);
    }
  }

  private static void layer(NodeCode node) {
    layer(node, node.in(0), node.in(1), node.optional(2), node.attribute("axis", -1));
    if (node.wants(1) || node.wants(2)) {
      String x = node.in(0);
      long axis = node.attribute("axis", -1);
      node.out(1, node.call("layer_mean", x, axis));
      node.out(2, node.call("layer_inverse_deviation", x, axis, node.attribute("epsilon", 1e-5)));
    }
  }

  private static void layer(NodeCode node, String x, String scale, String bias, long axis) {
    node.out(node.call("layer_norm", x, scale, bias, axis, node.attribute("epsilon", 1e-5)));
  }

  private static void rms(NodeCode node, String x, String scale) {
    node.refuse(1, "inv_std_var");
    long axis = node.attribute("axis", -1);
    node.out(node.call("rms_norm", x, scale, axis, node.attribute("epsilon", 1e-5)));
  }

  private static String skipped(NodeCode node, int bias) {
    String sum = node.name("torch.add(%s, %s)".formatted(node.in(0), node.in(1)));
    if (node.has(bias)) {
      sum = node.name("torch.add(%s, %s)".formatted(sum, node.in(bias)));
    }
    node.refuse(1, "mean");
    node.refuse(2, "inv_std_var");
    node.out(3, sum);
    return sum;
  }

  private static void skipLayer(NodeCode node) {
    String sum = skipped(node, 4);
    double epsilon = node.attribute("epsilon", 1e-12);
    node.out(node.call("layer_norm", sum, node.in(2), node.optional(3), -1L, epsilon));
  }

  private static void skipRms(NodeCode node) {
    String sum = skipped(node, 3);
    node.out(node.call("rms_norm", sum, node.in(2), -1L, node.attribute("epsilon", 1e-12)));
  }

  /** Inputs: ids, segment ids, word, position and segment tables, scale, bias, mask, positions. */
  private static void embedding(NodeCode node) {
    String sum =
        node.name(
            node.call(
                "embedding_sum",
                node.in(0),
                node.optional(1),
                node.in(2),
                node.in(3),
                node.optional(4),
                node.optional(8)));
    double epsilon = node.attribute("epsilon", 1e-12);
    node.out(node.call("layer_norm", sum, node.in(5), node.in(6), -1L, epsilon));
    if (node.wants(1)) {
      node.out(1, node.call("mask_index", node.in(0), node.optional(7)));
    }
    node.out(2, sum);
  }

  private static void group(NodeCode node) {
    node.out(
        node.call(
            "group_norm",
            node.in(0),
            node.in(1),
            node.in(2),
            node.attribute("num_groups", 1),
            node.attribute("epsilon", 1e-5),
            // Before version 21 there is a scale for each group.
            node.opset() < 21));
  }

  private static void localResponse(NodeCode node) {
    long size = node.attribute("size", 1);
    if (size < 1 || size > 1 << 16) {
      throw new Unsupported("a window of " + size + " channels");
    }
    node.out(
        node.call(
            "local_response_norm",
            node.in(0),
            size,
            node.attribute("alpha", 1e-4),
            node.attribute("beta", 0.75),
            node.attribute("bias", 1.0)));
  }

  private static void lp(NodeCode node) {
    node.out(
        node.call(
            "lp_normalise",
            node.in(0),
            node.attribute("axis", -1),
            (double) node.attribute("p", 2)));
  }

  private static void meanVariance(NodeCode node) {
    long[] axes = node.integers("axes");
    node.out(
        node.call(
            "mean_variance_normalise", node.in(0), axes == null ? new long[] {0, 2, 3} : axes));
  }

  private static String ratio(NodeCode node, int input) {
    return node.has(input)
        ? "float(" + node.in(input) + ")"
        : Literals.of(node.attribute("ratio", 0.5));
  }

  private static void dropout(NodeCode node) {
    dropout(node, node.in(0), 1, 2);
  }

  private static void biasDropout(NodeCode node) {
    String sum = node.name("torch.add(%s, %s)".formatted(node.in(0), node.in(1)));
    dropout(
        node, node.has(2) ? node.name("torch.add(%s, %s)".formatted(sum, node.in(2))) : sum, 3, 4);
  }

  /** In training always; in inference where the file asks for it. */
  private static void dropout(NodeCode node, String x, int ratio, int trainingMode) {
    boolean asked = node.opset() >= 12 && node.has(trainingMode);
    if (!node.drops() && !asked) {
      node.out(0, x);
      if (node.wants(1)) {
        node.out(1, "torch.ones_like(" + x + ", dtype=" + (node.opset() < 10 ? "6" : "11") + ")");
      }
      return;
    }
    String active = node.drops() ? "True" : "bool(" + node.in(trainingMode) + ")";
    String mask =
        node.name(node.call("dropout_mask", x, ratio(node, ratio), active, node.generator()));
    node.out(0, node.call("dropout", x, mask, ratio(node, ratio), active));
    node.out(1, mask);
  }
}
