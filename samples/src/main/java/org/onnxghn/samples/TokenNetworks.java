package org.onnxghn.samples;

import org.onnxghn.onnx.LayerBuilder;
import org.onnxghn.onnx.LayerBuilder.Window;
import org.onnxghn.onnx.OnnxModel;

/** A transformer, and what came after it: networks of linear layers on image patches. */
final class TokenNetworks {
  private TokenNetworks() {}

  /**
   * A small Vision Transformer (Dosovitskiy et al. 2021): 64 patches of 4x4, width 128, 6 layers of
   * 4 heads. The classifier sees the mean of all patches, there is no class token.
   */
  static OnnxModel vit(int classes) {
    return vit("vit-small", 4, 128, 6, 4, 256, classes);
  }

  /**
   * The same in other sizes.
   *
   * @param patch rows and columns of a patch
   * @param width features of a patch
   * @param depth layers
   * @param hidden features within the layers' perceptrons
   */
  static OnnxModel vit(
      String name, int patch, int width, int depth, int heads, int hidden, int classes) {
    ImageNetwork network = new ImageNetwork(name);
    LayerBuilder layers = network.layers;
    int tokens = tokens(patch);
    String x = patches(network, patch, width);
    x = network.net.op("Add", x, network.net.parameter("pos_embedding", 1, tokens, width));
    for (int i = 0; i < depth; i++) {
      String layer = "layers." + i + ".";
      String y = layers.layerNorm(x, layer + "norm1", width);
      y = layers.attention(y, layer + "attn.qkv", layer + "attn.proj", width, heads, tokens, true);
      x = network.net.op("Add", x, y);
      y = layers.layerNorm(x, layer + "norm2", width);
      x = network.net.op("Add", x, mlp(layers, y, layer + "mlp.", width, hidden));
    }
    return head(network, x, width, classes);
  }

  /**
   * A small MLP-Mixer (Tolstikhin et al. 2021): 64 patches of 4x4, width 128, 6 layers that mix
   * patches and then channels.
   */
  static OnnxModel mixer(int classes) {
    ImageNetwork network = new ImageNetwork("mlp-mixer");
    LayerBuilder layers = network.layers;
    int patch = 4;
    int width = 128;
    int tokens = tokens(patch);
    String x = patches(network, patch, width);
    for (int i = 0; i < 6; i++) {
      String name = "layers." + i + ".";
      String y = layers.transpose(layers.layerNorm(x, name + "norm1", width), 0, 2, 1);
      y = mlp(layers, y, name + "tokens.", tokens, tokens);
      x = network.net.op("Add", x, layers.transpose(y, 0, 2, 1));
      y = layers.layerNorm(x, name + "norm2", width);
      x = network.net.op("Add", x, mlp(layers, y, name + "channels.", width, 2 * width));
    }
    return head(network, x, width, classes);
  }

  private static int tokens(int patch) {
    return 32 / patch * (32 / patch);
  }

  /** (N, tokens, width). */
  private static String patches(ImageNetwork network, int patch, int width) {
    Window window = Window.square(patch, patch, 0);
    String x = network.layers.conv(network.images, "patch_embed", 3, width, window, true);
    return network.layers.transpose(network.layers.reshape(x, 0, width, tokens(patch)), 0, 2, 1);
  }

  private static String mlp(LayerBuilder layers, String x, String name, int features, int hidden) {
    String y = layers.gelu(layers.linearOnLast(x, name + "fc1", features, hidden, true));
    return layers.linearOnLast(y, name + "fc2", hidden, features, true);
  }

  /** LayerNorm, the mean over tokens, a linear layer. */
  private static OnnxModel head(ImageNetwork network, String x, int features, int classes) {
    LayerBuilder layers = network.layers;
    String mean = layers.mean(layers.layerNorm(x, "norm", features), false, 1);
    return network.output(layers.linear(mean, "head", features, classes), classes);
  }

  /**
   * ConvNeXt (Liu et al. 2022) in the size called pico: 2, 2, 6, 2 blocks of 64 to 512 channels.
   * The stem's patches are 2x2 instead of 4x4, and there is no layer scale, as in ConvNeXt V2.
   */
  static OnnxModel convnextPico(int classes) {
    return convnext("convnext-pico", 2, 64, new int[] {2, 2, 6, 2}, classes);
  }

  /**
   * The same in other sizes.
   *
   * @param patch rows and columns of the stem's patches
   * @param first channels of the first stage; each has twice those of the one before
   * @param depths blocks of each stage
   */
  static OnnxModel convnext(String name, int patch, int first, int[] depths, int classes) {
    ImageNetwork network = new ImageNetwork(name);
    LayerBuilder layers = network.layers;
    String x = network.images;
    int channels = 3;
    for (int stage = 0; stage < depths.length; stage++) {
      int out = first << stage;
      String group = "stages." + stage + ".";
      if (stage > 0) {
        x = channelNorm(layers, x, group + "downsample.0", channels);
      }
      String down = stage == 0 ? "stem.0" : group + "downsample.1";
      int factor = stage == 0 ? patch : 2;
      x = layers.conv(x, down, channels, out, Window.square(factor, factor, 0), true);
      if (stage == 0) {
        x = channelNorm(layers, x, "stem.1", out);
      }
      channels = out;
      for (int block = 0; block < depths[stage]; block++) {
        String prefix = group + "blocks." + block + ".";
        Window window = Window.same(7, 1).grouped(channels);
        String y = layers.conv(x, prefix + "dwconv", channels, channels, window, true);
        y = layers.layerNorm(layers.transpose(y, 0, 2, 3, 1), prefix + "norm", channels);
        y = layers.transpose(mlp(layers, y, prefix + "mlp.", channels, 4 * channels), 0, 3, 1, 2);
        x = network.net.op("Add", x, y);
      }
    }
    String mean = layers.layerNorm(layers.globalAverage(x), "norm", channels);
    return network.output(layers.linear(mean, "head", channels, classes), classes);
  }

  /** LayerNorm over the channels of each pixel. */
  private static String channelNorm(LayerBuilder layers, String x, String name, int channels) {
    String last = layers.layerNorm(layers.transpose(x, 0, 2, 3, 1), name, channels);
    return layers.transpose(last, 0, 3, 1, 2);
  }
}
