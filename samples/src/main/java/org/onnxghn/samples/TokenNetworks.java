package org.onnxghn.samples;

import org.onnxghn.onnx.LayerBuilder;
import org.onnxghn.onnx.LayerBuilder.Window;
import org.onnxghn.onnx.OnnxModel;

/** A transformer, and what came after it: networks of linear layers on image patches. */
final class TokenNetworks {
  private static final int PATCH = 4;
  private static final int TOKENS = 32 / PATCH * (32 / PATCH);
  private static final int WIDTH = 128;
  private static final int DEPTH = 6;

  private TokenNetworks() {}

  /**
   * A small Vision Transformer (Dosovitskiy et al. 2021): 64 patches of 4x4, width 128, 6 layers of
   * 4 heads. The classifier sees the mean of all patches, there is no class token.
   */
  static OnnxModel vit(int classes) {
    ImageNetwork network = new ImageNetwork("vit-small");
    LayerBuilder layers = network.layers;
    String x = patches(network);
    x = network.net.op("Add", x, network.net.parameter("pos_embedding", 1, TOKENS, WIDTH));
    for (int i = 0; i < DEPTH; i++) {
      String name = "layers." + i + ".";
      String y = layers.layerNorm(x, name + "norm1", WIDTH);
      y = layers.attention(y, name + "attn.qkv", name + "attn.proj", WIDTH, 4, TOKENS, true);
      x = network.net.op("Add", x, y);
      y = layers.layerNorm(x, name + "norm2", WIDTH);
      x = network.net.op("Add", x, mlp(layers, y, name + "mlp.", WIDTH, 2 * WIDTH));
    }
    return head(network, x, WIDTH, classes);
  }

  /**
   * A small MLP-Mixer (Tolstikhin et al. 2021): 64 patches of 4x4, width 128, 6 layers that mix
   * patches and then channels.
   */
  static OnnxModel mixer(int classes) {
    ImageNetwork network = new ImageNetwork("mlp-mixer");
    LayerBuilder layers = network.layers;
    String x = patches(network);
    for (int i = 0; i < DEPTH; i++) {
      String name = "layers." + i + ".";
      String y = layers.transpose(layers.layerNorm(x, name + "norm1", WIDTH), 0, 2, 1);
      y = mlp(layers, y, name + "tokens.", TOKENS, TOKENS);
      x = network.net.op("Add", x, layers.transpose(y, 0, 2, 1));
      y = layers.layerNorm(x, name + "norm2", WIDTH);
      x = network.net.op("Add", x, mlp(layers, y, name + "channels.", WIDTH, 2 * WIDTH));
    }
    return head(network, x, WIDTH, classes);
  }

  /** (N, tokens, width). */
  private static String patches(ImageNetwork network) {
    Window window = Window.square(PATCH, PATCH, 0);
    String x = network.layers.conv(network.images, "patch_embed", 3, WIDTH, window, true);
    return network.layers.transpose(network.layers.reshape(x, 0, WIDTH, TOKENS), 0, 2, 1);
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
    ImageNetwork network = new ImageNetwork("convnext-pico");
    LayerBuilder layers = network.layers;
    int[] depths = {2, 2, 6, 2};
    String x = network.images;
    int channels = 3;
    for (int stage = 0; stage < depths.length; stage++) {
      int out = 64 << stage;
      String name = "stages." + stage + ".";
      if (stage > 0) {
        x = channelNorm(layers, x, name + "downsample.0", channels);
      }
      String down = stage == 0 ? "stem.0" : name + "downsample.1";
      x = layers.conv(x, down, channels, out, Window.square(2, 2, 0), true);
      if (stage == 0) {
        x = channelNorm(layers, x, "stem.1", out);
      }
      channels = out;
      for (int block = 0; block < depths[stage]; block++) {
        String prefix = name + "blocks." + block + ".";
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
