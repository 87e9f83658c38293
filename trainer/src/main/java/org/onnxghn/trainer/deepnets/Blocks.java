package org.onnxghn.trainer.deepnets;

import java.util.List;
import java.util.Map;
import org.onnxghn.onnx.LayerBuilder;
import org.onnxghn.onnx.LayerBuilder.Window;
import org.onnxghn.onnx.NetworkBuilder;

/** The operations of cells as layers (GHN3.md 9.2), with the reference's parameter names. */
final class Blocks {
  private static final int HEADS = 8;

  private final LayerBuilder layers;
  private final NetworkBuilder net;
  private final boolean batchNorm;

  Blocks(LayerBuilder layers, boolean batchNorm) {
    this.layers = layers;
    this.net = layers.net();
    this.batchNorm = batchNorm;
  }

  /**
   * An edge's operation.
   *
   * @param x (N, channels, size, size)
   * @param stride 1 or 2
   */
  String apply(CellOperation operation, String x, String name, int channels, int stride, int size) {
    return switch (operation) {
      case NONE -> throw new IllegalArgumentException("none is no operation");
      case MAX_POOL_3X3 -> layers.maxPool(x, 3, stride, 1);
      case AVG_POOL_3X3 -> layers.averagePool(x, 3, stride, 1);
      case SKIP_CONNECT -> stride == 1 ? x : factorizedReduce(x, name, channels, channels);
      case SEP_CONV_3X3 -> separable(x, name, channels, 3, stride);
      case SEP_CONV_5X5 -> separable(x, name, channels, 5, stride);
      case DIL_CONV_3X3 -> dilated(x, name, channels, 3, stride);
      case DIL_CONV_5X5 -> dilated(x, name, channels, 5, stride);
      case CONV_1X1 -> convolution(x, name, channels, channels, 1, stride);
      case CONV_3X3 -> convolution(x, name, channels, channels, 3, stride);
      case CONV_5X5 -> convolution(x, name, channels, channels, 5, stride);
      case CONV_7X7 -> convolution(x, name, channels, channels, 7, stride);
      case CONV_7X1_1X7 -> factorized(x, name, channels, stride);
      case MSA -> transformer(stride == 1 ? x : subsample(x), name, channels, size / stride);
      case CSE -> squeezeExcite(x, name, channels, stride);
    };
  }

  /** ReLU, convolution, norm. */
  String convolution(String x, String name, int in, int out, int kernel, int stride) {
    String y = layers.relu(x);
    y = layers.conv(y, name + ".op.1", in, out, Window.same(kernel, stride), false);
    return norm(y, name + ".op.2", out);
  }

  private String factorized(String x, String name, int channels, int stride) {
    String y = layers.relu(x);
    Window row = new Window(1, 7, 1, stride, 0, 3, 1, 1);
    Window column = new Window(7, 1, stride, 1, 3, 0, 1, 1);
    y = layers.conv(y, name + ".op.1", channels, channels, row, false);
    y = layers.conv(y, name + ".op.2", channels, channels, column, false);
    return norm(y, name + ".op.3", channels);
  }

  private String separable(String x, String name, int channels, int kernel, int stride) {
    Window first = Window.same(kernel, stride).grouped(channels);
    String y = depthwise(x, name, 1, channels, first);
    return depthwise(y, name, 5, channels, Window.same(kernel, 1).grouped(channels));
  }

  private String dilated(String x, String name, int channels, int kernel, int stride) {
    return depthwise(
        x, name, 1, channels, Window.same(kernel, stride).grouped(channels).dilated(2));
  }

  /** ReLU, depthwise convolution, 1x1 convolution, norm. */
  private String depthwise(String x, String name, int index, int channels, Window window) {
    String y = layers.relu(x);
    y = layers.conv(y, name + ".op." + index, channels, channels, window, false);
    Window point = Window.same(1, 1);
    y = layers.conv(y, name + ".op." + (index + 1), channels, channels, point, false);
    return norm(y, name + ".op." + (index + 2), channels);
  }

  /** Halves the size: two 1x1 convolutions of every other pixel, the second one pixel further. */
  String factorizedReduce(String x, String name, int in, int out) {
    String y = layers.relu(x);
    Window point = Window.square(1, 2, 0);
    String even = layers.conv(y, name + ".conv_1", in, out / 2, point, false);
    long end = Long.MAX_VALUE;
    String shifted =
        net.op("Slice", y, net.integers(1, 1), net.integers(end, end), net.integers(2, 3));
    String odd = layers.conv(shifted, name + ".conv_2", in, out / 2, point, false);
    return norm(layers.concat(1, List.of(even, odd)), name + ".bn", out);
  }

  /** Every other pixel. */
  String subsample(String x) {
    long end = Long.MAX_VALUE;
    return net.op(
        "Slice",
        x,
        net.integers(0, 0),
        net.integers(end, end),
        net.integers(2, 3),
        net.integers(2, 2));
  }

  private String squeezeExcite(String x, String name, int channels, int stride) {
    String gate = layers.mean(x, false, 2, 3);
    gate = layers.relu(layers.linear(gate, name + ".fc1", channels, channels / 2));
    gate = net.op("HardSwish", layers.linear(gate, name + ".fc2", channels / 2, channels));
    String gated = net.op("Mul", x, layers.reshape(gate, 0, channels, 1, 1));
    return stride == 1 ? gated : subsample(gated);
  }

  /** A transformer layer on the pixels, with an MLP of ratio 1. */
  private String transformer(String x, String name, int channels, int size) {
    String y = layers.transpose(layers.reshape(x, 0, channels, -1), 0, 2, 1);
    String attended = layers.layerNorm(y, name + ".ln1", channels);
    attended =
        layers.attention(
            attended,
            name + ".attn.to_qkv",
            name + ".attn.to_out.0",
            channels,
            HEADS,
            size * size,
            false);
    y = net.op("Add", attended, y);
    String mixed = layers.layerNorm(y, name + ".ln2", channels);
    mixed = layers.gelu(layers.linearOnLast(mixed, name + ".ff.net.0", channels, channels, true));
    mixed = layers.linearOnLast(mixed, name + ".ff.net.3", channels, channels, true);
    y = net.op("Add", mixed, y);
    return layers.reshape(layers.transpose(y, 0, 2, 1), 0, channels, size, size);
  }

  /** BatchNorm, or nothing in networks that have none. */
  String norm(String x, String name, int channels) {
    return batchNorm ? layers.batchNorm(x, name, channels) : x;
  }

  /** Zeros in front of or behind the channels. */
  String padChannels(String x, int before, int after) {
    return net.op(
        "Pad",
        List.of(x, net.integers(0, before, 0, 0, 0, after, 0, 0)),
        Map.of("mode", "constant"));
  }
}
