package org.onnxghn.trainer.eval;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.GhnConfig.Kind;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.LayerBuilder;
import org.onnxghn.onnx.LayerBuilder.Window;
import org.onnxghn.onnx.NetworkBuilder;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.WriteOptions;

/** Networks for 12x12 images, and hypernetworks for them, that take no time. */
final class SmallNetworks {
  private SmallNetworks() {}

  /** Two convolutions with BatchNorm, and a classifier. */
  static OnnxModel network(int channels, int classes) {
    NetworkBuilder net = new NetworkBuilder("net" + channels, 17);
    LayerBuilder layers = new LayerBuilder(net);
    String x = net.input("input", "N", 3, 12, 12);
    x = layers.conv(x, "conv1", 3, 8, Window.same(3, 1), false);
    x = layers.relu(layers.batchNorm(x, "bn1", 8));
    x = layers.conv(x, "conv2", 8, channels, Window.same(3, 2), false);
    x = layers.relu(layers.batchNorm(x, "bn2", channels));
    x = layers.linear(layers.globalAverage(x), "fc", channels, classes);
    return net.output(x, "output", "N", classes).build();
  }

  /**
   * A convolution and a classifier for batches of one image, as exporters write them.
   *
   * @param shape between them, of a Reshape
   */
  static OnnxModel ofOneImage(long... shape) {
    NetworkBuilder net = new NetworkBuilder("one", 17);
    LayerBuilder layers = new LayerBuilder(net);
    String x = net.input("pixels", 1, 3, 12, 12);
    x = layers.relu(layers.conv(x, "conv", 3, 8, Window.same(3, 2), true));
    x = layers.reshape(net.op("GlobalAveragePool", x), shape);
    return net.output(layers.linear(x, "fc", 8, 3), "output", 1, 3).build();
  }

  /** A folder with {@code a.onnx} and {@code b.onnx}. */
  static Path write(Path folder, int classes) throws IOException {
    Files.createDirectories(folder);
    network(12, classes).write(folder.resolve("a.onnx"), WriteOptions.DEFAULT);
    network(16, classes).write(folder.resolve("b.onnx"), WriteOptions.DEFAULT);
    return folder;
  }

  /** A hypernetwork at the start of training. */
  static Path checkpoint(Path file, int classes) {
    GhnConfig config = new GhnConfig(Kind.GHN3, 16, 1, 4, 16, 11, classes, true, true, true);
    Checkpoint.initialise(config, 3).write(file, ElementType.FLOAT);
    return file;
  }
}
