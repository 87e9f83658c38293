package org.onnxghn.onnx;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Layers as PyTorch's exporter writes them, on a {@link NetworkBuilder}: each takes the name of a
 * value and gives that of its result, and names its parameters {@code LAYER.weight}, {@code
 * LAYER.bias} and so on.
 */
public final class LayerBuilder {
  private final NetworkBuilder net;

  /** Layers of this network. */
  public LayerBuilder(NetworkBuilder net) {
    this.net = net;
  }

  /** The network. */
  public NetworkBuilder net() {
    return net;
  }

  /**
   * A convolution's window.
   *
   * @param height rows of the kernel
   * @param width columns of the kernel
   * @param strideHeight rows of a step
   * @param strideWidth columns of a step
   * @param padHeight rows of zeros on either side
   * @param padWidth columns of zeros on either side
   * @param dilation distance of the kernel's elements
   * @param groups of channels
   */
  public record Window(
      int height,
      int width,
      int strideHeight,
      int strideWidth,
      int padHeight,
      int padWidth,
      int dilation,
      int groups) {
    /** A square kernel that keeps the size at stride 1 (for odd kernels). */
    public static Window same(int kernel, int stride) {
      return square(kernel, stride, kernel / 2);
    }

    /** A square kernel. */
    public static Window square(int kernel, int stride, int pad) {
      return new Window(kernel, kernel, stride, stride, pad, pad, 1, 1);
    }

    /** With groups of channels. */
    public Window grouped(int count) {
      return new Window(
          height, width, strideHeight, strideWidth, padHeight, padWidth, dilation, count);
    }

    /** With a dilation, padded so that it keeps the size at stride 1. */
    public Window dilated(int distance) {
      int padding = distance * (height - 1) / 2;
      return new Window(
          height, width, strideHeight, strideWidth, padding, padding, distance, groups);
    }
  }

  /** Conv2d: (N, in, H, W) to (N, out, H', W'). */
  public String conv(String x, String layer, int in, int out, Window window, boolean bias) {
    List<String> inputs = new ArrayList<>(List.of(x));
    inputs.add(
        net.parameter(
            layer + ".weight", out, in / window.groups(), window.height(), window.width()));
    if (bias) {
      inputs.add(net.parameter(layer + ".bias", out));
    }
    Map<String, Object> attributes = new LinkedHashMap<>();
    attributes.put("dilations", new long[] {window.dilation(), window.dilation()});
    attributes.put("group", window.groups());
    attributes.put("kernel_shape", new long[] {window.height(), window.width()});
    attributes.put("pads", pads(window.padHeight(), window.padWidth()));
    attributes.put("strides", new long[] {window.strideHeight(), window.strideWidth()});
    return net.op("Conv", inputs, attributes);
  }

  /** BatchNorm2d, with its running statistics as parameters without values, too. */
  public String batchNorm(String x, String layer, int channels) {
    List<String> inputs = new ArrayList<>(List.of(x));
    for (String name : new String[] {"weight", "bias", "running_mean", "running_var"}) {
      inputs.add(net.parameter(layer + "." + name, channels));
    }
    return net.op("BatchNormalization", inputs, Map.of("epsilon", 1e-5, "momentum", 0.9));
  }

  /** LayerNorm over the last axis. */
  public String layerNorm(String x, String layer, int features) {
    String weight = net.parameter(layer + ".weight", features);
    String bias = net.parameter(layer + ".bias", features);
    return net.op(
        "LayerNormalization", List.of(x, weight, bias), Map.of("axis", -1, "epsilon", 1e-5));
  }

  /** Linear on a matrix: (N, in) to (N, out). */
  public String linear(String x, String layer, int in, int out) {
    String weight = net.parameter(layer + ".weight", out, in);
    String bias = net.parameter(layer + ".bias", out);
    return net.op("Gemm", List.of(x, weight, bias), Map.of("transB", 1));
  }

  /** Linear on the last axis of any tensor, as Transpose, MatMul and Add. */
  public String linearOnLast(String x, String layer, int in, int out, boolean bias) {
    String weight = net.parameter(layer + ".weight", out, in);
    String transposed = net.op("Transpose", List.of(weight), Map.of("perm", new long[] {1, 0}));
    String product = net.op("MatMul", x, transposed);
    return bias ? net.op("Add", net.parameter(layer + ".bias", out), product) : product;
  }

  /** MaxPool2d. */
  public String maxPool(String x, int kernel, int stride, int pad) {
    return net.op("MaxPool", List.of(x), pooling(kernel, stride, pad));
  }

  /** AvgPool2d that leaves the padding out of account. */
  public String averagePool(String x, int kernel, int stride, int pad) {
    Map<String, Object> attributes = pooling(kernel, stride, pad);
    attributes.put("count_include_pad", 0);
    return net.op("AveragePool", List.of(x), attributes);
  }

  private static Map<String, Object> pooling(int kernel, int stride, int pad) {
    Map<String, Object> attributes = new LinkedHashMap<>();
    attributes.put("kernel_shape", new long[] {kernel, kernel});
    attributes.put("pads", pads(pad, pad));
    attributes.put("strides", new long[] {stride, stride});
    return attributes;
  }

  private static long[] pads(int height, int width) {
    return new long[] {height, width, height, width};
  }

  /** Global average pooling: (N, C, H, W) to (N, C). */
  public String globalAverage(String x) {
    return flatten(net.op("GlobalAveragePool", x));
  }

  /** (N, …) to (N, all the rest). */
  public String flatten(String x) {
    return net.op("Flatten", List.of(x), Map.of("axis", 1));
  }

  /** Rectifies. */
  public String relu(String x) {
    return net.op("Relu", x);
  }

  /** x sigmoid(x). */
  public String silu(String x) {
    return net.op("Mul", x, net.op("Sigmoid", x));
  }

  /** Exact GELU in pieces, as exporters write it below opset 20. */
  public String gelu(String x) {
    String erf = net.op("Erf", net.op("Div", x, net.scalar((float) Math.sqrt(2))));
    String product = net.op("Mul", x, net.op("Add", erf, net.scalar(1)));
    return net.op("Mul", product, net.scalar(0.5f));
  }

  /** Concatenates along an axis. */
  public String concat(int axis, List<String> values) {
    return net.op("Concat", values, Map.of("axis", axis));
  }

  /** A permutation of the axes. */
  public String transpose(String x, long... axes) {
    return net.op("Transpose", List.of(x), Map.of("perm", axes));
  }

  /** Another shape; 0 keeps a dimension, -1 is what is left. */
  public String reshape(String x, long... shape) {
    return net.op("Reshape", x, net.integers(shape));
  }

  /** A part of one axis. */
  public String slice(String x, int axis, long begin, long end) {
    return net.op("Slice", x, net.integers(begin), net.integers(end), net.integers(axis));
  }

  /** The mean over axes. */
  public String mean(String x, boolean keep, long... axes) {
    return net.op("ReduceMean", List.of(x), Map.of("axes", axes, "keepdims", keep ? 1 : 0));
  }

  /**
   * Multi-head self-attention with packed projections {@code to_qkv} (no bias) and {@code
   * to_out.0}.
   *
   * @param x (N, L, features)
   * @param qkvBias whether the packed projection has a bias
   */
  public String attention(
      String x, String qkv, String out, int features, int heads, int length, boolean qkvBias) {
    int width = features / heads;
    String packed = linearOnLast(x, qkv, features, 3 * features, qkvBias);
    String split = transpose(reshape(packed, 0, length, 3, heads, width), 2, 0, 3, 1, 4);
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      parts.add(net.op("Gather", List.of(split, index(i)), Map.of("axis", 0)));
    }
    String keys = transpose(parts.get(1), 0, 1, 3, 2);
    String scores =
        net.op(
            "Mul",
            net.op("MatMul", parts.get(0), keys),
            net.scalar((float) (1 / Math.sqrt(width))));
    String weights = net.op("Softmax", List.of(scores), Map.of("axis", -1));
    String mixed = transpose(net.op("MatMul", weights, parts.get(2)), 0, 2, 1, 3);
    return linearOnLast(reshape(mixed, 0, length, features), out, features, features, true);
  }

  /** A scalar index: a vector of one would keep the axis. */
  private String index(long i) {
    return net.op("Squeeze", net.integers(i), net.integers(0));
  }
}
