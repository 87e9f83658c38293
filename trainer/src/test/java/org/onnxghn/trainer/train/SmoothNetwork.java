package org.onnxghn.trainer.train;

import org.onnxghn.onnx.LayerBuilder;
import org.onnxghn.onnx.LayerBuilder.Window;
import org.onnxghn.onnx.NetworkBuilder;
import org.onnxghn.onnx.OnnxModel;

/** A network that is smooth in its parameters, with every kind of layer that is predicted. */
final class SmoothNetwork {
  private SmoothNetwork() {}

  static OnnxModel model() {
    NetworkBuilder net = new NetworkBuilder("smooth", 17);
    LayerBuilder layers = new LayerBuilder(net);
    String x = net.input("input", "N", 3, 32, 32);
    x = layers.conv(x, "conv", 3, 16, Window.square(4, 4, 0), true);
    x = net.op("Add", x, net.parameter("pos_enc.weight", 1, 16, 8, 8));
    x = layers.silu(layers.batchNorm(x, "bn", 16));
    String y = layers.conv(x, "depthwise", 16, 16, Window.same(3, 1).grouped(16), false);
    x = layers.concat(1, java.util.List.of(x, net.op("Add", x, y)));
    x = layers.averagePool(x, 2, 2, 0);
    x = layers.transpose(layers.reshape(x, 0, 32, -1), 0, 2, 1);
    String normed = layers.layerNorm(x, "ln", 32);
    x = net.op("Add", x, layers.attention(normed, "qkv", "out", 32, 4, 16, true));
    x = layers.linear(layers.mean(x, false, 1), "head", 32, 10);
    return net.output(x, "output", "N", 10).build();
  }
}
