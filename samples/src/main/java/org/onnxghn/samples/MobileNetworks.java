package org.onnxghn.samples;

import java.util.List;
import org.onnxghn.onnx.LayerBuilder;
import org.onnxghn.onnx.LayerBuilder.Window;
import org.onnxghn.onnx.OnnxModel;

/** Networks of depthwise separable convolutions, with stems that keep the size of the image. */
final class MobileNetworks {
  private MobileNetworks() {}

  /**
   * Depthwise separable convolutions in the manner of MobileNet (Howard et al. 2017), narrow and
   * with two reductions: for a few epochs on a CPU.
   */
  static OnnxModel mobilenetSmall(int classes) {
    ImageNetwork network = new ImageNetwork("mobilenet-small");
    String x = network.convNormRelu(network.images, "stem", 3, 32, Window.same(3, 1));
    int[] widths = {64, 128, 128, 256, 256, 256};
    int[] strides = {1, 2, 1, 2, 1, 1};
    int channels = 32;
    for (int i = 0; i < widths.length; i++) {
      String name = "blocks." + i + ".";
      x = network.layers.relu(network.depthwise(x, name + "depthwise", channels, 3, strides[i]));
      x = network.layers.relu(network.pointwise(x, name + "pointwise", channels, widths[i]));
      channels = widths[i];
    }
    return network.classifier(x, "classifier", channels, classes);
  }

  /**
   * MobileNetV2 (Sandler et al. 2018) at full width. Of its five reductions three are left, so that
   * the last features of a 32x32 image are 4x4.
   */
  static OnnxModel mobilenetV2(int classes) {
    ImageNetwork network = new ImageNetwork("mobilenetv2");
    String x = relu6(network, network.convNorm(network.images, "stem", 3, 32, Window.same(3, 1)));
    int channels = 32;
    int block = 0;
    // Expansion, channels, repeats, stride.
    int[][] stages = {
      {1, 16, 1, 1},
      {6, 24, 2, 2},
      {6, 32, 3, 2},
      {6, 64, 4, 2},
      {6, 96, 3, 1},
      {6, 160, 3, 1},
      {6, 320, 1, 1}
    };
    for (int[] stage : stages) {
      for (int i = 0; i < stage[2]; i++) {
        String name = "blocks." + block++ + ".";
        int width = channels * stage[0];
        int stride = i == 0 ? stage[3] : 1;
        String y = x;
        if (stage[0] > 1) {
          y = relu6(network, network.pointwise(y, name + "expand", channels, width));
        }
        y = relu6(network, network.depthwise(y, name + "depthwise", width, 3, stride));
        y = network.pointwise(y, name + "project", width, stage[1]);
        x = stride == 1 && channels == stage[1] ? network.net.op("Add", x, y) : y;
        channels = stage[1];
      }
    }
    x = relu6(network, network.pointwise(x, "last", channels, 1280));
    return network.classifier(x, "classifier", 1280, classes);
  }

  private static String relu6(ImageNetwork network, String x) {
    return network.net.op("Clip", x, network.net.scalar(0), network.net.scalar(6));
  }

  /**
   * ShuffleNetV2 0.5x (Ma et al. 2018): half of the channels goes through a block, then all are
   * shuffled. Without the reductions of its stem.
   */
  static OnnxModel shufflenetV2(int classes) {
    ImageNetwork network = new ImageNetwork("shufflenetv2-0.5x");
    LayerBuilder layers = network.layers;
    String x = network.convNormRelu(network.images, "stem", 3, 24, Window.same(3, 1));
    int channels = 24;
    int size = 32;
    int[] repeats = {4, 8, 4};
    for (int stage = 0; stage < 3; stage++) {
      int out = 48 << stage;
      int half = out / 2;
      size /= 2;
      for (int block = 0; block < repeats[stage]; block++) {
        String name = "stage%d.%d.".formatted(stage + 2, block);
        String kept;
        String y;
        int in;
        if (block == 0) {
          kept = network.depthwise(x, name + "branch1.depthwise", channels, 3, 2);
          kept = layers.relu(network.pointwise(kept, name + "branch1.pointwise", channels, half));
          y = x;
          in = channels;
        } else {
          kept = layers.slice(x, 1, 0, half);
          y = layers.slice(x, 1, half, out);
          in = half;
        }
        y = layers.relu(network.pointwise(y, name + "branch2.first", in, half));
        y = network.depthwise(y, name + "branch2.depthwise", half, 3, block == 0 ? 2 : 1);
        y = layers.relu(network.pointwise(y, name + "branch2.last", half, half));
        String joined = layers.concat(1, List.of(kept, y));
        String groups =
            layers.transpose(layers.reshape(joined, 0, 2, half, size, size), 0, 2, 1, 3, 4);
        x = layers.reshape(groups, 0, out, size, size);
        channels = out;
      }
    }
    x = layers.relu(network.pointwise(x, "conv5", channels, 1024));
    return network.classifier(x, "fc", 1024, classes);
  }

  /**
   * The blocks of EfficientNet (Tan and Le 2019), with squeeze-excite and SiLU, in a narrower and
   * shallower network.
   */
  static OnnxModel efficientnetSmall(int classes) {
    ImageNetwork network = new ImageNetwork("efficientnet-small");
    LayerBuilder layers = network.layers;
    String x = layers.silu(network.convNorm(network.images, "stem", 3, 24, Window.same(3, 1)));
    int channels = 24;
    int block = 0;
    // Expansion, channels, repeats, stride, kernel.
    int[][] stages = {
      {1, 16, 1, 1, 3}, {4, 24, 2, 2, 3}, {4, 40, 2, 2, 5}, {4, 80, 2, 2, 3}, {4, 112, 2, 1, 5}
    };
    for (int[] stage : stages) {
      for (int i = 0; i < stage[2]; i++) {
        String name = "blocks." + block++ + ".";
        int width = channels * stage[0];
        int stride = i == 0 ? stage[3] : 1;
        String y = x;
        if (stage[0] > 1) {
          y = layers.silu(network.pointwise(y, name + "expand", channels, width));
        }
        y = layers.silu(network.depthwise(y, name + "depthwise", width, stage[4], stride));
        y = squeezeExcite(network, y, name + "se.", width, Math.max(4, channels / 4));
        y = network.pointwise(y, name + "project", width, stage[1]);
        x = stride == 1 && channels == stage[1] ? network.net.op("Add", x, y) : y;
        channels = stage[1];
      }
    }
    x = layers.silu(network.pointwise(x, "last", channels, 320));
    return network.classifier(x, "classifier", 320, classes);
  }

  private static String squeezeExcite(
      ImageNetwork network, String x, String name, int channels, int squeezed) {
    LayerBuilder layers = network.layers;
    String gate = network.net.op("GlobalAveragePool", x);
    gate =
        layers.silu(layers.conv(gate, name + "fc1", channels, squeezed, Window.same(1, 1), true));
    gate = layers.conv(gate, name + "fc2", squeezed, channels, Window.same(1, 1), true);
    return network.net.op("Mul", x, network.net.op("Sigmoid", gate));
  }
}
