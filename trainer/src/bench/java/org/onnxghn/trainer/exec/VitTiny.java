package org.onnxghn.trainer.exec;

import static org.onnxghn.trainer.exec.OnnxText.integer;
import static org.onnxghn.trainer.exec.OnnxText.ints;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.LayerNorm;
import java.util.Map;
import org.onnxghn.onnx.OnnxModel;

/** A vision transformer of DeiT-tiny's width and depth, patches of 8, as ONNX and as DJL calls. */
final class VitTiny {
  private static final int WIDTH = 192;
  private static final int HEADS = 3;
  private static final int DEPTH = 12;
  private static final int TOKENS = 64;

  private VitTiny() {}

  static OnnxModel onnx() {
    OnnxText text = new OnnxText().input("input", 8, 3, 64, 64);
    text.input("patch.w", WIDTH, 3, 8, 8).input("patch.b", WIDTH).input("position", TOKENS, WIDTH);
    String x =
        text.node(
            "Conv",
            ints("strides", 8, 8) + ints("kernel_shape", 8, 8),
            "input",
            "patch.w",
            "patch.b");
    x = text.node("Reshape", "", x, text.ints(0, WIDTH, TOKENS));
    x = text.node("Transpose", ints("perm", 0, 2, 1), x);
    x = text.node("Add", "", x, "position");
    for (int i = 0; i < DEPTH; i++) {
      x = layer(text, x, "l" + i + ".");
    }
    x = norm(text, x, "last.");
    x = text.node("ReduceMean", ints("axes", 1) + integer("keepdims", 0), x);
    text.input("head.w", 1000, WIDTH).input("head.b", 1000);
    return text.model(text.node("Gemm", integer("transB", 1), x, "head.w", "head.b"));
  }

  private static String norm(OnnxText text, String x, String name) {
    text.input(name + "s", WIDTH).input(name + "b", WIDTH);
    return text.node("LayerNormalization", "", x, name + "s", name + "b");
  }

  private static String linear(OnnxText text, String x, String name, int from, int to) {
    text.input(name + "w", to, from).input(name + "b", to);
    String transposed = text.node("Transpose", ints("perm", 1, 0), name + "w");
    return text.node("Add", "", text.node("MatMul", "", x, transposed), name + "b");
  }

  private static String layer(OnnxText text, String x, String name) {
    String y = linear(text, norm(text, x, name + "n1."), name + "qkv.", WIDTH, 3 * WIDTH);
    y = text.node("Reshape", "", y, text.ints(0, TOKENS, 3, HEADS, WIDTH / HEADS));
    y = text.node("Transpose", ints("perm", 2, 0, 3, 1, 4), y);
    String q = part(text, y, 0);
    String k = text.node("Transpose", ints("perm", 0, 1, 3, 2), part(text, y, 1));
    String scores = text.node("Mul", "", text.node("MatMul", "", q, k), text.scalar(0.125));
    scores = text.node("Softmax", integer("axis", -1), scores);
    y = text.node("MatMul", "", scores, part(text, y, 2));
    y = text.node("Transpose", ints("perm", 0, 2, 1, 3), y);
    y = text.node("Reshape", "", y, text.ints(0, TOKENS, WIDTH));
    x = text.node("Add", "", x, linear(text, y, name + "out.", WIDTH, WIDTH));
    y = linear(text, norm(text, x, name + "n2."), name + "up.", WIDTH, 4 * WIDTH);
    y = gelu(text, y);
    return text.node("Add", "", x, linear(text, y, name + "down.", 4 * WIDTH, WIDTH));
  }

  /** As PyTorch exported it before version 20 had an operator. */
  private static String gelu(OnnxText text, String x) {
    String y = text.node("Erf", "", text.node("Div", "", x, text.scalar(Math.sqrt(2))));
    y = text.node("Mul", "", x, text.node("Add", "", y, text.scalar(1)));
    return text.node("Mul", "", y, text.scalar(0.5));
  }

  private static String part(OnnxText text, String x, int which) {
    String slice = text.node("Slice", "", x, text.ints(which), text.ints(which + 1), text.ints(0));
    return text.node("Squeeze", "", slice, text.ints(0));
  }

  /** The same operations, GELU from its parts too. */
  static NDArray opByOp(NDArray input, Map<String, NDArray> p) {
    NDArray x =
        Conv2d.conv2d(
                input,
                p.get("patch.w"),
                p.get("patch.b"),
                new Shape(8, 8),
                new Shape(0, 0),
                new Shape(1, 1))
            .singletonOrThrow();
    x = x.reshape(-1, WIDTH, TOKENS).transpose(0, 2, 1).add(p.get("position"));
    for (int i = 0; i < DEPTH; i++) {
      String name = "l" + i + ".";
      NDArray y = linear(norm(x, p, name + "n1."), p, name + "qkv.");
      y = y.reshape(-1, TOKENS, 3, HEADS, WIDTH / HEADS).transpose(2, 0, 3, 1, 4);
      NDArray scores = y.get(0).matMul(y.get(1).transpose(0, 1, 3, 2)).mul(0.125f).softmax(-1);
      y = scores.matMul(y.get(2)).transpose(0, 2, 1, 3).reshape(-1, TOKENS, WIDTH);
      x = x.add(linear(y, p, name + "out."));
      y = linear(norm(x, p, name + "n2."), p, name + "up.");
      y = y.mul(y.div((float) Math.sqrt(2)).erf().add(1)).mul(0.5f);
      x = x.add(linear(y, p, name + "down."));
    }
    x = norm(x, p, "last.").mean(new int[] {1});
    return OpByOp.linear(x, p.get("head.w"), p.get("head.b"));
  }

  private static NDArray norm(NDArray x, Map<String, NDArray> p, String name) {
    return LayerNorm.layerNorm(x, new Shape(WIDTH), p.get(name + "s"), p.get(name + "b"), 1e-5f)
        .singletonOrThrow();
  }

  private static NDArray linear(NDArray x, Map<String, NDArray> p, String name) {
    return OpByOp.linear(x, p.get(name + "w"), p.get(name + "b"));
  }
}
