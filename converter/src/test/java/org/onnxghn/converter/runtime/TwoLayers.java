package org.onnxghn.converter.runtime;

import static org.onnxghn.converter.Models.floats;
import static org.onnxghn.converter.Models.node;
import static org.onnxghn.converter.Models.value;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.TensorProto;

/** Conv, BatchNorm, ReLU, Conv, BatchNorm: the model, and its statistics computed in float64. */
final class TwoLayers {
  static final Normalisation NORMALISATION =
      Normalisation.of(new double[] {0.3, 0.4, 0.5}, new double[] {0.2, 0.3, 0.25});
  static final RandomImages IMAGES = new RandomImages(70, 3, 6, 5);
  private static final double EPSILON = 1e-5;

  private TwoLayers() {}

  /** Two layers; the last convolution's output goes through BatchNorm and nothing else. */
  static GraphProto.Builder graph(long batch) {
    return GraphProto.newBuilder()
        .addInput(value("x", ElementType.FLOAT, batch, 3, 6, 5))
        .addOutput(value("y", ElementType.FLOAT, batch, 2, 2, 1))
        .addInitializer(weights("w1", 1, 4, 3, 3, 3))
        .addInitializer(weights("w2", 2, 2, 4, 3, 3))
        .addAllInitializer(statistics("a", 4))
        .addAllInitializer(statistics("b", 2))
        .addNode(node("Conv", "c1", "x", "w1"))
        .addNode(batchNorm("n1", "c1", "a"))
        .addNode(node("Relu", "r1", "n1"))
        .addNode(node("Conv", "c2", "r1", "w2"))
        .addNode(batchNorm("y", "c2", "b"));
  }

  static NodeProto.Builder batchNorm(String output, String input, String layer) {
    return node(
        "BatchNormalization",
        output,
        input,
        layer + ".weight",
        layer + ".bias",
        layer + ".mean",
        layer + ".var");
  }

  static List<TensorProto> statistics(String layer, int channels) {
    return List.of(
        floats(layer + ".weight", 1.5f, channels),
        floats(layer + ".bias", 0.25f, channels),
        floats(layer + ".mean", 0f, channels),
        floats(layer + ".var", 1f, channels));
  }

  private static TensorProto weights(String name, int seed, long... dims) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(ElementType.FLOAT.number());
    for (float value : random(seed, (int) Arrays.stream(dims).reduce(1, (a, b) -> a * b))) {
      tensor.addFloatData(value);
    }
    Arrays.stream(dims).forEach(tensor::addDims);
    return tensor.build();
  }

  private static float[] random(int seed, int length) {
    Random random = new Random(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** The average over these batches of mean and variance of both layers, computed directly. */
  static Map<String, double[]> expected(List<int[]> batches) {
    double[] mean1 = new double[4];
    double[] var1 = new double[4];
    double[] mean2 = new double[2];
    double[] var2 = new double[2];
    for (int[] batch : batches) {
      double[][][] x = new double[batch.length][][];
      byte[] planes = new byte[IMAGES.imageBytes()];
      for (int n = 0; n < batch.length; n++) {
        IMAGES.read(batch[n], planes);
        x[n] = new double[3][30];
        for (int i = 0; i < 90; i++) {
          double pixel = (planes[i] & 0xff) / 255.0;
          x[n][i / 30][i % 30] =
              (pixel - NORMALISATION.mean()[i / 30]) / NORMALISATION.std()[i / 30];
        }
      }
      double[][][] c1 = conv(x, random(1, 4 * 3 * 9), 4, 6, 5);
      double[][][] n1 = normalise(c1, mean1, var1, batches.size());
      for (double[][] image : n1) {
        for (double[] plane : image) {
          Arrays.setAll(plane, i -> Math.max(0, plane[i]));
        }
      }
      double[][][] c2 = conv(n1, random(2, 2 * 4 * 9), 2, 4, 3);
      normalise(c2, mean2, var2, batches.size());
    }
    return Map.of("a.mean", mean1, "a.var", var1, "b.mean", mean2, "b.var", var2);
  }

  private static double[][][] conv(double[][][] x, float[] w, int out, int rows, int columns) {
    int in = x[0].length;
    int width = columns - 2;
    double[][][] y = new double[x.length][out][(rows - 2) * width];
    for (int n = 0; n < x.length; n++) {
      for (int o = 0; o < out; o++) {
        for (int at = 0; at < y[n][o].length; at++) {
          double sum = 0;
          for (int c = 0; c < in; c++) {
            for (int k = 0; k < 9; k++) {
              int row = at / width + k / 3;
              int column = at % width + k % 3;
              sum += w[(o * in + c) * 9 + k] * x[n][c][row * columns + column];
            }
          }
          y[n][o][at] = sum;
        }
      }
    }
    return y;
  }

  /** Adds the batch's statistics to the averages, and applies them with weight 1.5, bias 0.25. */
  private static double[][][] normalise(
      double[][][] x, double[] means, double[] variances, int batches) {
    double[][][] y = new double[x.length][means.length][];
    for (int c = 0; c < means.length; c++) {
      int channel = c;
      double[] all = Arrays.stream(x).flatMapToDouble(i -> Arrays.stream(i[channel])).toArray();
      double mean = Arrays.stream(all).average().orElseThrow();
      double variance =
          Arrays.stream(all).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
      means[c] += mean / batches;
      variances[c] += variance / batches;
      for (int n = 0; n < x.length; n++) {
        y[n][c] =
            Arrays.stream(x[n][c])
                .map(v -> (v - mean) / Math.sqrt(variance + EPSILON) * 1.5 + 0.25)
                .toArray();
      }
    }
    return y;
  }
}
