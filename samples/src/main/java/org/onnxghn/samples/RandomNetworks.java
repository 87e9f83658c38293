package org.onnxghn.samples;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.samples.MobileNetworks.Inverted;

/**
 * Relatives of well-known networks, of random depths, widths and strides (a design space,
 * Radosavovic et al. 2020), small enough to train a hypernetwork with on a CPU. DenseNet,
 * ShuffleNet, SqueezeNet and MLP-Mixer have none, so that they stay unseen kinds.
 */
final class RandomNetworks {
  private final SplittableRandom random;
  private final int classes;

  private RandomNetworks(long seed, int classes) {
    this.random = new SplittableRandom(seed);
    this.classes = classes;
  }

  /** The same seed gives the same network. */
  static OnnxModel draw(long seed, int classes) {
    return new RandomNetworks(seed, classes).draw();
  }

  private OnnxModel draw() {
    return switch (random.nextInt(8)) {
      case 0 -> resnet();
      case 1 -> resnext();
      case 2 -> vgg();
      case 3 -> mobilenet();
      case 4 -> inverted(false);
      case 5 -> inverted(true);
      case 6 -> vit();
      default -> convnext();
    };
  }

  private OnnxModel resnet() {
    int stride = between(1, 2);
    int first = 4 * between(stride, 4 * stride);
    return ConvolutionalNetworks.resnet("resnet", blocks(3), first, stride, classes);
  }

  private OnnxModel resnext() {
    int stride = between(1, 2);
    int groups = 1 << between(1, stride + 1);
    int width = 2 * between(1, 3);
    return ConvolutionalNetworks.resnext("resnext", blocks(2), groups, width, stride, classes);
  }

  private int[] blocks(int most) {
    return random.ints(between(2, 4), 1, most + 1).toArray();
  }

  private OnnxModel vgg() {
    int[][] stages = new int[between(3, 5)][];
    int width = 8 * between(1, 2);
    for (int i = 0; i < stages.length; i++) {
      int channels = width;
      stages[i] = IntStream.range(0, i == 0 ? 1 : between(1, 2)).map(j -> channels).toArray();
      width *= random.nextInt(4) == 0 ? 1 : 2;
    }
    return ConvolutionalNetworks.vgg("vgg", stages, random.nextInt(4) > 0, classes);
  }

  private OnnxModel mobilenet() {
    int[] widths = new int[between(4, 10)];
    int[] strides = new int[widths.length];
    widths[0] = 8 * between(1, 3);
    strides[0] = between(1, 2);
    int size = 32 / strides[0];
    for (int i = 1; i < widths.length; i++) {
      strides[i] = size > 4 && random.nextInt(3) == 0 ? 2 : 1;
      widths[i] = strides[i] == 2 || i == 1 ? 2 * widths[i - 1] : widths[i - 1];
      size /= strides[i];
    }
    return MobileNetworks.mobilenet("mobilenet", widths, strides, classes);
  }

  private OnnxModel inverted(boolean squeezeExcite) {
    int stride = between(1, 2);
    int expansion = between(2, stride == 1 ? 4 : 6);
    int channels = 8 * between(1, stride);
    Inverted[] stages = new Inverted[between(3, 4)];
    stages[0] = new Inverted(1, channels, 1, 1, 3);
    for (int i = 1; i < stages.length; i++) {
      channels += 8 * between(1, 3);
      int kernel = squeezeExcite ? 3 + 2 * random.nextInt(2) : 3;
      stages[i] = new Inverted(expansion, channels, between(1, 3), 2, kernel);
    }
    String name = squeezeExcite ? "efficientnet" : "mobilenetv2";
    int last = channels * between(2, 4);
    return MobileNetworks.inverted(name, squeezeExcite, 16, stride, stages, last, classes);
  }

  private OnnxModel vit() {
    int heads = 1 << between(0, 3);
    int width = 32 * between(1, 3);
    int patch = width < 96 && random.nextBoolean() ? 4 : 8;
    int hidden = width / 2 * between(2, 8);
    return TokenNetworks.vit("vit", patch, width, between(1, 4), heads, hidden, classes);
  }

  private OnnxModel convnext() {
    int patch = 1 << between(1, 2);
    int first = 4 * between(patch, 2 * patch);
    return TokenNetworks.convnext("convnext", patch, first, blocks(3), classes);
  }

  private int between(int least, int most) {
    return least + random.nextInt(most - least + 1);
  }
}
