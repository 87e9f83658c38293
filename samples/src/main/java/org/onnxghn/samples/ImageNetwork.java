package org.onnxghn.samples;

import org.onnxghn.onnx.LayerBuilder;
import org.onnxghn.onnx.LayerBuilder.Window;
import org.onnxghn.onnx.NetworkBuilder;
import org.onnxghn.onnx.OnnxModel;

/** A network from 32x32 colour images to classes, while it is being built. */
final class ImageNetwork {
  final NetworkBuilder net;
  final LayerBuilder layers;

  /** The images, (N, 3, 32, 32). */
  final String images;

  ImageNetwork(String name) {
    net = new NetworkBuilder(name, 17);
    layers = new LayerBuilder(net);
    images = net.input("input", "N", 3, 32, 32);
  }

  /** Convolution without bias, and BatchNorm: layers {@code NAME.0} and {@code NAME.1}. */
  String convNorm(String x, String name, int in, int out, Window window) {
    return layers.batchNorm(layers.conv(x, name + ".0", in, out, window, false), name + ".1", out);
  }

  /** {@link #convNorm} and ReLU. */
  String convNormRelu(String x, String name, int in, int out, Window window) {
    return layers.relu(convNorm(x, name, in, out, window));
  }

  /** Each channel by itself: {@link #convNorm} of a kernel of this size. */
  String depthwise(String x, String name, int channels, int kernel, int stride) {
    return convNorm(x, name, channels, channels, Window.same(kernel, stride).grouped(channels));
  }

  /** A 1x1 convolution that changes the number of channels. */
  String pointwise(String x, String name, int in, int out) {
    return convNorm(x, name, in, out, Window.same(1, 1));
  }

  /** Global average pooling and a linear layer. */
  OnnxModel classifier(String x, String name, int channels, int classes) {
    return output(layers.linear(layers.globalAverage(x), name, channels, classes), classes);
  }

  /** The model that gives these scores. */
  OnnxModel output(String scores, int classes) {
    return net.output(scores, "output", "N", classes).build();
  }
}
