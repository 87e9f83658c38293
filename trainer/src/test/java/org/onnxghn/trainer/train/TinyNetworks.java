package org.onnxghn.trainer.train;

import org.onnxghn.GraphText;
import org.onnxghn.onnx.LayerBuilder;
import org.onnxghn.onnx.LayerBuilder.Window;
import org.onnxghn.onnx.NetworkBuilder;
import org.onnxghn.onnx.OnnxModel;

/** Users' own networks for 32x32 images of ten classes, which take no time. */
final class TinyNetworks {
  private TinyNetworks() {}

  /** A convolution with BatchNorm, and a classifier. */
  static OnnxModel of(int channels) {
    NetworkBuilder net = new NetworkBuilder("tiny" + channels, 17);
    LayerBuilder layers = new LayerBuilder(net);
    String x = net.input("input", "N", 3, 32, 32);
    x = layers.conv(x, "conv", 3, channels, Window.same(3, 2), false);
    x = layers.relu(layers.batchNorm(x, "bn", channels));
    x = layers.linear(layers.globalAverage(x), "fc", channels, 10);
    return net.output(x, "output", "N", 10).build();
  }

  /** For batches of just so many images: a Reshape says so, too, as exporters write it. */
  static OnnxModel ofBatch(int images) {
    NetworkBuilder net = new NetworkBuilder("fixed", 17);
    LayerBuilder layers = new LayerBuilder(net);
    String x = net.input("pixels", images, 3, 32, 32);
    x = layers.relu(layers.conv(x, "conv", 3, 8, Window.same(3, 2), true));
    x = layers.reshape(net.op("GlobalAveragePool", x), images, -1);
    return net.output(layers.linear(x, "fc", 8, 10), "output", images, 10).build();
  }

  /** Scores of a transposed convolution, for which the hypernetwork has no primitive. */
  static OnnxModel unpredicted() {
    return GraphText.model(
        "<opset_import: [\"\" : 17]>\n"
            + "net (float[N,3,32,32] x) => (float[N,10] y) <float[3,10,2,2] w> {"
            + " c = ConvTranspose <strides = [2,2]> (x, w)"
            + " p = GlobalAveragePool (c) y = Flatten (p) }");
  }

  /**
   * A transformer whose class token stands before 16 patches and is all that the classifier sees.
   */
  static OnnxModel withClassToken(int width) {
    NetworkBuilder net = new NetworkBuilder("token" + width, 17);
    LayerBuilder layers = new LayerBuilder(net);
    String x = net.input("input", "N", 3, 32, 32);
    x = layers.conv(x, "patches", 3, width, Window.square(8, 8, 0), true);
    x = layers.transpose(layers.reshape(x, 0, width, 16), 0, 2, 1);
    x = net.op("Pad", x, net.integers(0, 1, 0, 0, 0, 0));
    x = net.op("Add", x, net.parameter("pos_embedding", 1, 17, width));
    String y = layers.layerNorm(x, "norm1", width);
    x = net.op("Add", x, layers.attention(y, "qkv", "proj", width, 2, 17, true));
    x = layers.slice(layers.layerNorm(x, "norm2", width), 1, 0, 1);
    x = layers.linear(layers.reshape(x, 0, width), "head", width, 10);
    return net.output(x, "output", "N", 10).build();
  }
}
