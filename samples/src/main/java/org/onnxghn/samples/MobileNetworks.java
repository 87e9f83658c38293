package org.onnxghn.samples;

import java.util.List;
import java.util.function.UnaryOperator;
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
    int[] widths = {32, 64, 128, 128, 256, 256, 256};
    return mobilenet("mobilenet-small", widths, new int[] {1, 1, 2, 1, 2, 1, 1}, classes);
  }

  /**
   * A convolution, then depthwise separable ones.
   *
   * @param widths channels of each
   * @param strides of each
   */
  static OnnxModel mobilenet(String name, int[] widths, int[] strides, int classes) {
    ImageNetwork network = new ImageNetwork(name);
    Window stem = Window.same(3, strides[0]);
    String x = network.convNormRelu(network.images, "stem", 3, widths[0], stem);
    for (int i = 1; i < widths.length; i++) {
      String block = "blocks." + (i - 1) + ".";
      int in = widths[i - 1];
      x = network.layers.relu(network.depthwise(x, block + "depthwise", in, 3, strides[i]));
      x = network.layers.relu(network.pointwise(x, block + "pointwise", in, widths[i]));
    }
    return network.classifier(x, "classifier", widths[widths.length - 1], classes);
  }

  /**
   * MobileNetV2 (Sandler et al. 2018) at full width. Of its five reductions three are left, so that
   * the last features of a 32x32 image are 4x4.
   */
  static OnnxModel mobilenetV2(int classes) {
    Inverted[] stages = {
      new Inverted(1, 16, 1, 1, 3),
      new Inverted(6, 24, 2, 2, 3),
      new Inverted(6, 32, 3, 2, 3),
      new Inverted(6, 64, 4, 2, 3),
      new Inverted(6, 96, 3, 1, 3),
      new Inverted(6, 160, 3, 1, 3),
      new Inverted(6, 320, 1, 1, 3)
    };
    return inverted("mobilenetv2", false, 32, 1, stages, 1280, classes);
  }

  /**
   * The blocks of EfficientNet (Tan and Le 2019), with squeeze-excite and SiLU, in a narrower and
   * shallower network.
   */
  static OnnxModel efficientnetSmall(int classes) {
    Inverted[] stages = {
      new Inverted(1, 16, 1, 1, 3),
      new Inverted(4, 24, 2, 2, 3),
      new Inverted(4, 40, 2, 2, 5),
      new Inverted(4, 80, 2, 2, 3),
      new Inverted(4, 112, 2, 1, 5)
    };
    return inverted("efficientnet-small", true, 24, 1, stages, 320, classes);
  }

  /**
   * A stage of inverted residuals.
   *
   * @param expansion of the channels within a block
   * @param channels between blocks
   * @param blocks how many
   * @param stride of the first one
   * @param kernel of the depthwise convolutions
   */
  record Inverted(int expansion, int channels, int blocks, int stride, int kernel) {}

  /**
   * Inverted residuals (Sandler et al. 2018).
   *
   * @param squeezeExcite with that and SiLU, as in EfficientNet; else with ReLU6
   * @param stem channels of the first convolution
   * @param stemStride of it
   * @param last channels of the last, 1x1 convolution
   */
  static OnnxModel inverted(
      String name,
      boolean squeezeExcite,
      int stem,
      int stemStride,
      Inverted[] stages,
      int last,
      int classes) {
    ImageNetwork network = new ImageNetwork(name);
    UnaryOperator<String> activation =
        squeezeExcite ? network.layers::silu : x -> relu6(network, x);
    Window stemWindow = Window.same(3, stemStride);
    String x = activation.apply(network.convNorm(network.images, "stem", 3, stem, stemWindow));
    int channels = stem;
    int block = 0;
    for (Inverted stage : stages) {
      for (int i = 0; i < stage.blocks(); i++) {
        String prefix = "blocks." + block++ + ".";
        int width = channels * stage.expansion();
        int stride = i == 0 ? stage.stride() : 1;
        String y = x;
        if (stage.expansion() > 1) {
          y = activation.apply(network.pointwise(y, prefix + "expand", channels, width));
        }
        y = network.depthwise(y, prefix + "depthwise", width, stage.kernel(), stride);
        y = activation.apply(y);
        if (squeezeExcite) {
          y = squeezeExcite(network, y, prefix + "se.", width, Math.max(4, channels / 4));
        }
        y = network.pointwise(y, prefix + "project", width, stage.channels());
        x = stride == 1 && channels == stage.channels() ? network.net.op("Add", x, y) : y;
        channels = stage.channels();
      }
    }
    x = activation.apply(network.pointwise(x, "last", channels, last));
    return network.classifier(x, "classifier", last, classes);
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
