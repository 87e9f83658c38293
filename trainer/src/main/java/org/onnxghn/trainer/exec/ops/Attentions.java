package org.onnxghn.trainer.exec.ops;

import org.onnxghn.trainer.exec.NodeCode;
import org.onnxghn.trainer.exec.Unsupported;

/** Attention as one operator: ONNX 23 and ONNX Runtime. */
final class Attentions {
  private Attentions() {}

  static void register(Operators.Registry registry) {
    registry.add("Attention", Attentions::standard);
    registry.add("RotaryEmbedding", Attentions::rotary);
    registry.add("com.microsoft::RotaryEmbedding", Attentions::rotaryOfRuntime);
    registry.add("com.microsoft::Attention", Attentions::packed);
    registry.add("com.microsoft::MultiHeadAttention", Attentions::multiHead);
  }

  /** Inputs: q, k, v, mask, past key, past value. */
  private static void standard(NodeCode node) {
    if (node.has(6)) {
      throw new Unsupported("nonpad_kv_seqlen");
    }
    String results =
        node.name(
            node.call(
                "attention",
                node.in(0),
                node.in(1),
                node.in(2),
                node.optional(3),
                node.optional(4),
                node.optional(5),
                node.attribute("q_num_heads", 0),
                node.attribute("kv_num_heads", 0),
                node.attribute("scale", 0.0),
                node.attribute("softcap", 0.0),
                node.attribute("is_causal", 0) != 0,
                node.wants(3) ? node.attribute("qk_matmul_output_mode", 0) : -1L));
    for (int i = 0; i < 4; i++) {
      node.out(i, results + "[" + i + "]");
    }
  }

  /** Inputs: x, cos, sin, positions. */
  private static void rotary(NodeCode node) {
    node.out(
        node.call(
            "rotary_embedding",
            node.in(0),
            node.in(1),
            node.in(2),
            node.optional(3),
            node.attribute("num_heads", 0),
            node.attribute("rotary_embedding_dim", 0),
            node.attribute("interleaved", 0) != 0));
  }

  /** Inputs: x, positions (one for each token, or where the first is), cos, sin. */
  private static void rotaryOfRuntime(NodeCode node) {
    if (node.attribute("is_packed_batching", 0) != 0) {
      throw new Unsupported("packed batches");
    }
    String x = node.in(0);
    String heads =
        node.attribute("num_heads", 0) > 0
            ? Long.toString(node.attribute("num_heads", 0))
            : node.name(node.call("rotary_heads", x, node.in(2)));
    node.out(
        node.call(
            "rotary_embedding",
            x,
            node.in(2),
            node.in(3),
            node.name(node.call("rotary_positions", x, node.in(1))),
            heads,
            node.attribute("rotary_embedding_dim", 0),
            node.attribute("interleaved", 0) != 0));
  }

  /** Inputs: x, packed weight, packed bias, mask, past, attention bias. */
  private static void packed(NodeCode node) {
    long[] sizes = node.integers("qkv_hidden_sizes");
    String results =
        node.name(
            node.call(
                "packed_attention",
                node.in(0),
                node.in(1),
                node.optional(2),
                node.optional(3),
                node.optional(4),
                node.optional(5),
                node.attribute("num_heads", 1),
                sizes == null || sizes.length != 3 ? "None" : java.util.Arrays.toString(sizes),
                node.attribute("scale", 0.0),
                node.attribute("mask_filter_value", -10000.0),
                node.attribute("unidirectional", 0) != 0));
    node.out(0, results + "[0]");
    node.out(1, results + "[1]");
  }

  /** Inputs: q, k, v, bias, key padding mask, attention bias, past key, past value. */
  private static void multiHead(NodeCode node) {
    if (!node.has(1) || !node.has(2) || node.has(6) || node.has(7)) {
      throw new Unsupported("packed keys and values, or a past");
    }
    node.refuse(1, "present_key");
    node.refuse(2, "present_value");
    node.out(
        node.call(
            "multi_head_attention",
            node.in(0),
            node.in(1),
            node.in(2),
            node.optional(3),
            node.optional(4),
            node.optional(5),
            node.attribute("num_heads", 1),
            node.attribute("scale", 0.0),
            node.attribute("mask_filter_value", -10000.0),
            node.attribute("unidirectional", 0) != 0));
  }
}
