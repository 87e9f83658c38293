package org.onnxghn.samples;

import java.util.List;
import org.onnxghn.onnx.LayerBuilder;
import org.onnxghn.onnx.LayerBuilder.Window;
import org.onnxghn.onnx.OnnxModel;

/** Residual, dense and plain networks of convolutions. */
final class ConvolutionalNetworks {
  private ConvolutionalNetworks() {}

  /**
   * The CIFAR ResNet of He et al. 2016, section 4.2, with {@code 6 blocks + 2} layers. Where the
   * size changes, the shortcut is their option A: every other pixel, and zeros for new channels.
   */
  static OnnxModel resnet(int blocks, int classes) {
    int[] stages = {blocks, blocks, blocks};
    return resnet("resnet" + (6 * blocks + 2), stages, 16, 1, classes);
  }

  /**
   * The same with other stages.
   *
   * @param blocks of each stage
   * @param first channels of the first stage; each has twice those of the one before
   * @param stemStride of the first convolution
   */
  static OnnxModel resnet(String name, int[] blocks, int first, int stemStride, int classes) {
    ImageNetwork network = new ImageNetwork(name);
    LayerBuilder layers = network.layers;
    Window stem = Window.same(3, stemStride);
    String x = layers.conv(network.images, "conv1", 3, first, stem, false);
    x = layers.relu(layers.batchNorm(x, "bn1", first));
    int channels = first;
    for (int stage = 0; stage < blocks.length; stage++) {
      int width = first << stage;
      for (int block = 0; block < blocks[stage]; block++) {
        int stride = stage > 0 && block == 0 ? 2 : 1;
        String prefix = "layer%d.%d.".formatted(stage + 1, block);
        x = basicBlock(network, x, prefix, channels, width, stride);
        channels = width;
      }
    }
    return network.classifier(x, "fc", channels, classes);
  }

  private static String basicBlock(
      ImageNetwork network, String x, String name, int in, int out, int stride) {
    LayerBuilder layers = network.layers;
    String y = layers.conv(x, name + "conv1", in, out, Window.same(3, stride), false);
    y = layers.relu(layers.batchNorm(y, name + "bn1", out));
    y = layers.conv(y, name + "conv2", out, out, Window.same(3, 1), false);
    y = layers.batchNorm(y, name + "bn2", out);
    String shortcut = x;
    if (stride != 1) {
      long end = Long.MAX_VALUE;
      String thinned =
          network.net.op(
              "Slice",
              x,
              network.net.integers(0, 0),
              network.net.integers(end, end),
              network.net.integers(2, 3),
              network.net.integers(stride, stride));
      int zeros = (out - in) / 2;
      shortcut =
          network.net.op("Pad", thinned, network.net.integers(0, zeros, 0, 0, 0, zeros, 0, 0));
    }
    return layers.relu(network.net.op("Add", y, shortcut));
  }

  /**
   * A small form of the CIFAR ResNeXt-29 of Xie et al. 2017, section 5.3: three stages of three
   * bottlenecks with grouped convolutions, here 8 groups of 4 channels (8x4d) where theirs have 64,
   * with a stem of 16 channels (64) and stages that give 64, 128 and 256 (256, 512, 1024).
   */
  static OnnxModel resnext29(int classes) {
    return resnext("resnext29-8x4d", new int[] {3, 3, 3}, 8, 4, 1, classes);
  }

  /**
   * Stages of bottlenecks with grouped convolutions.
   *
   * @param blocks of each stage
   * @param groups of channels
   * @param groupWidth channels of a group in the first stage; twice as many in each that follows
   * @param stemStride of the first convolution
   */
  static OnnxModel resnext(
      String name, int[] blocks, int groups, int groupWidth, int stemStride, int classes) {
    ImageNetwork network = new ImageNetwork(name);
    String x = network.convNormRelu(network.images, "stem", 3, 16, Window.same(3, stemStride));
    int channels = 16;
    for (int stage = 0; stage < blocks.length; stage++) {
      int width = groups * groupWidth << stage;
      for (int block = 0; block < blocks[stage]; block++) {
        String prefix = "stage%d.%d.".formatted(stage + 1, block);
        int stride = stage > 0 && block == 0 ? 2 : 1;
        String y = network.convNormRelu(x, prefix + "reduce", channels, width, Window.same(1, 1));
        Window grouped = Window.same(3, stride).grouped(groups);
        y = network.convNormRelu(y, prefix + "grouped", width, width, grouped);
        y = network.pointwise(y, prefix + "expand", width, 2 * width);
        String shortcut = x;
        if (channels != 2 * width) {
          Window projection = Window.same(1, stride);
          shortcut = network.convNorm(x, prefix + "shortcut", channels, 2 * width, projection);
        }
        x = network.layers.relu(network.net.op("Add", y, shortcut));
        channels = 2 * width;
      }
    }
    return network.classifier(x, "fc", channels, classes);
  }

  /**
   * VGG-11 with BatchNorm (Simonyan and Zisserman 2015), with one linear layer as is usual here.
   */
  static OnnxModel vgg11(int classes) {
    int[][] stages = {{64}, {128}, {256, 256}, {512, 512}, {512, 512}};
    return vgg("vgg11-bn", stages, true, classes);
  }

  /**
   * A plain network: stages of 3x3 convolutions, each of which ends with a halving of the maps.
   *
   * @param stages channels of each convolution
   * @param norm whether BatchNorm follows each
   */
  static OnnxModel vgg(String name, int[][] stages, boolean norm, int classes) {
    ImageNetwork network = new ImageNetwork(name);
    LayerBuilder layers = network.layers;
    String x = network.images;
    int channels = 3;
    int layer = 0;
    int size = 32;
    for (int[] stage : stages) {
      for (int width : stage) {
        x = layers.conv(x, "features." + layer++, channels, width, Window.same(3, 1), true);
        x = layers.relu(norm ? layers.batchNorm(x, "features." + layer++, width) : x);
        layer++;
        channels = width;
      }
      x = layers.maxPool(x, 2, 2, 0);
      size /= 2;
      layer++;
    }
    int features = channels * size * size;
    return network.output(
        layers.linear(layers.flatten(x), "classifier", features, classes), classes);
  }

  /**
   * DenseNet-40 (Huang et al. 2017) with 12 channels a layer, without bottlenecks and compression:
   * three blocks of twelve layers, each of which sees all before it.
   */
  static OnnxModel densenet40(int classes) {
    ImageNetwork network = new ImageNetwork("densenet40-k12");
    LayerBuilder layers = network.layers;
    int growth = 12;
    int channels = 16;
    String x = layers.conv(network.images, "conv1", 3, channels, Window.same(3, 1), false);
    for (int block = 1; block <= 3; block++) {
      for (int layer = 1; layer <= 12; layer++) {
        String name = "block%d.%d.".formatted(block, layer);
        String y = layers.relu(layers.batchNorm(x, name + "norm", channels));
        y = layers.conv(y, name + "conv", channels, growth, Window.same(3, 1), false);
        x = layers.concat(1, List.of(x, y));
        channels += growth;
      }
      String name = "transition%d.".formatted(block);
      x = layers.relu(layers.batchNorm(x, name + "norm", channels));
      if (block < 3) {
        x = layers.conv(x, name + "conv", channels, channels, Window.same(1, 1), false);
        x = layers.averagePool(x, 2, 2, 0);
      }
    }
    return network.classifier(x, "fc", channels, classes);
  }

  /**
   * SqueezeNet 1.1 (Iandola et al. 2016) with a stem that keeps the size, and without the dropout
   * of its classifier, which is a convolution.
   */
  static OnnxModel squeezenet(int classes) {
    ImageNetwork network = new ImageNetwork("squeezenet1.1");
    LayerBuilder layers = network.layers;
    String x = layers.conv(network.images, "features.0", 3, 64, Window.same(3, 1), true);
    x = layers.relu(x);
    int channels = 64;
    int layer = 2;
    for (int[] stage : new int[][] {{16, 16}, {32, 32}, {48, 48, 64, 64}}) {
      x = layers.maxPool(x, 3, 2, 1);
      layer++;
      for (int width : stage) {
        String name = "features." + layer++ + ".";
        String squeezed =
            layers.relu(layers.conv(x, name + "squeeze", channels, width, Window.same(1, 1), true));
        int out = 4 * width;
        String one = layers.conv(squeezed, name + "expand1x1", width, out, Window.same(1, 1), true);
        String three =
            layers.conv(squeezed, name + "expand3x3", width, out, Window.same(3, 1), true);
        x = layers.concat(1, List.of(layers.relu(one), layers.relu(three)));
        channels = 2 * out;
      }
    }
    x = layers.conv(x, "classifier.1", channels, classes, Window.same(1, 1), true);
    return network.output(layers.globalAverage(layers.relu(x)), classes);
  }
}
