package org.onnxghn.samples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.onnxghn.onnx.LayerBuilder;
import org.onnxghn.onnx.LayerBuilder.Window;
import org.onnxghn.onnx.NetworkBuilder;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.WriteOptions;

/**
 * Writes small networks for 32x32 images as ONNX files without weights, to be initialised by {@code
 * onnx-ghn convert} and trained by {@code onnx-ghn finetune}.
 */
public final class WriteNetworks {
  private static final String IMAGE = "input";

  private WriteNetworks() {}

  /** Usage: WriteNetworks FOLDER [CLASSES]. */
  public static void main(String[] args) throws IOException {
    Path folder = Files.createDirectories(Path.of(args[0]));
    int classes = args.length > 1 ? Integer.parseInt(args[1]) : 10;
    for (Map.Entry<String, Function<Integer, OnnxModel>> network : all().entrySet()) {
      Path file = folder.resolve(network.getKey() + ".onnx");
      network.getValue().apply(classes).write(file, WriteOptions.DEFAULT);
      System.out.println("wrote " + file);
    }
  }

  /** Networks by name, made for a number of classes. */
  static Map<String, Function<Integer, OnnxModel>> all() {
    Map<String, Function<Integer, OnnxModel>> networks = new LinkedHashMap<>();
    networks.put("resnet20", classes -> resnet(3, classes));
    networks.put("resnet56", classes -> resnet(9, classes));
    networks.put("mobilenet-small", WriteNetworks::mobileNet);
    return networks;
  }

  /**
   * The CIFAR ResNet of He et al. 2016, section 4.2, with {@code 6 blocks + 2} layers. Where the
   * size changes, the shortcut is their option A: every other pixel, and zeros for new channels.
   */
  private static OnnxModel resnet(int blocks, int classes) {
    NetworkBuilder net = new NetworkBuilder("resnet" + (6 * blocks + 2), 17);
    LayerBuilder layers = new LayerBuilder(net);
    String x = net.input(IMAGE, "N", 3, 32, 32);
    x = layers.conv(x, "conv1", 3, 16, Window.same(3, 1), false);
    x = layers.relu(layers.batchNorm(x, "bn1", 16));
    int channels = 16;
    for (int stage = 1; stage <= 3; stage++) {
      int width = 8 << stage;
      for (int block = 0; block < blocks; block++) {
        int stride = stage > 1 && block == 0 ? 2 : 1;
        x = basicBlock(layers, x, "layer%d.%d.".formatted(stage, block), channels, width, stride);
        channels = width;
      }
    }
    x = layers.linear(layers.globalAverage(x), "fc", channels, classes);
    return net.output(x, "output", "N", classes).build();
  }

  private static String basicBlock(
      LayerBuilder layers, String x, String name, int in, int out, int stride) {
    String y = layers.conv(x, name + "conv1", in, out, Window.same(3, stride), false);
    y = layers.relu(layers.batchNorm(y, name + "bn1", out));
    y = layers.conv(y, name + "conv2", out, out, Window.same(3, 1), false);
    y = layers.batchNorm(y, name + "bn2", out);
    String shortcut = x;
    if (stride != 1) {
      NetworkBuilder net = layers.net();
      long end = Long.MAX_VALUE;
      String thinned =
          net.op(
              "Slice",
              x,
              net.integers(0, 0),
              net.integers(end, end),
              net.integers(2, 3),
              net.integers(stride, stride));
      int zeros = (out - in) / 2;
      shortcut = net.op("Pad", thinned, net.integers(0, zeros, 0, 0, 0, zeros, 0, 0));
    }
    return layers.relu(layers.net().op("Add", y, shortcut));
  }

  /**
   * Depthwise separable convolutions in the manner of MobileNet (Howard et al. 2017), narrow and
   * with three reductions: for a few epochs on a CPU.
   */
  private static OnnxModel mobileNet(int classes) {
    NetworkBuilder net = new NetworkBuilder("mobilenet-small", 17);
    LayerBuilder layers = new LayerBuilder(net);
    String x = net.input(IMAGE, "N", 3, 32, 32);
    x = layers.conv(x, "stem.0", 3, 32, Window.same(3, 1), false);
    x = layers.relu(layers.batchNorm(x, "stem.1", 32));
    int[] widths = {64, 128, 128, 256, 256, 256};
    int[] strides = {1, 2, 1, 2, 1, 1};
    int channels = 32;
    for (int i = 0; i < widths.length; i++) {
      String name = "blocks." + i + ".";
      Window depthwise = Window.same(3, strides[i]).grouped(channels);
      x = layers.conv(x, name + "depthwise.0", channels, channels, depthwise, false);
      x = layers.relu(layers.batchNorm(x, name + "depthwise.1", channels));
      x = layers.conv(x, name + "pointwise.0", channels, widths[i], Window.same(1, 1), false);
      x = layers.relu(layers.batchNorm(x, name + "pointwise.1", widths[i]));
      channels = widths[i];
    }
    x = layers.linear(layers.globalAverage(x), "classifier", channels, classes);
    return net.output(x, "output", "N", classes).build();
  }
}
