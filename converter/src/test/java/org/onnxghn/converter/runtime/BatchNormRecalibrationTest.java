package org.onnxghn.converter.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.onnxghn.converter.Models.floats;
import static org.onnxghn.converter.Models.ints;
import static org.onnxghn.converter.Models.node;
import static org.onnxghn.converter.Models.value;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.converter.Models;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.graph.Finding;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxGhnException;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.TensorProto;

/** Against a direct computation of conv, BatchNorm, ReLU, conv, BatchNorm in float64. */
class BatchNormRecalibrationTest {
  private static final Normalisation NORMALISATION =
      Normalisation.of(new double[] {0.3, 0.4, 0.5}, new double[] {0.2, 0.3, 0.25});
  private static final RandomImages IMAGES = new RandomImages(70, 3, 6, 5);
  private static final double EPSILON = 1e-5;

  /** Two layers; the last convolution's output goes through BatchNorm and nothing else. */
  private static GraphProto.Builder graph(long batch) {
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

  private static NodeProto.Builder batchNorm(String output, String input, String layer) {
    return node(
        "BatchNormalization",
        output,
        input,
        layer + ".weight",
        layer + ".bias",
        layer + ".mean",
        layer + ".var");
  }

  private static List<TensorProto> statistics(String layer, int channels) {
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
    java.util.Random random = new java.util.Random(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static ModelProto model(GraphProto.Builder graph, int opset) {
    ModelProto.Builder model = Models.model(graph).toBuilder();
    model.getOpsetImportBuilder(0).setVersion(opset);
    return model.build();
  }

  private static BatchNormRecalibration.Result recalibrate(ModelProto model, int images) {
    return recalibrate(model, images, name -> false);
  }

  private static BatchNormRecalibration.Result recalibrate(
      ModelProto model, int images, Predicate<String> kept) {
    return BatchNormRecalibration.apply(
        OnnxModel.of(model),
        IMAGES.subset(IntStream.range(0, images).toArray()),
        NORMALISATION,
        kept,
        done -> {});
  }

  private static float[] values(BatchNormRecalibration.Result result, String name) {
    return result.model().tensor(name).orElseThrow().floats();
  }

  /** The average over these batches of mean and variance of both layers, computed directly. */
  private static Map<String, double[]> expected(List<int[]> batches) {
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

  private static void assertStatistics(
      BatchNormRecalibration.Result result, Map<String, double[]> expected, double tolerance) {
    expected.forEach(
        (name, values) -> {
          float[] actual = values(result, name);
          for (int i = 0; i < values.length; i++) {
            double allowed = tolerance * Math.max(1, Math.abs(values[i]));
            assertThat((double) actual[i]).as(name).isCloseTo(values[i], within(allowed));
          }
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 9, 11, 13, 15, 18, 21})
  void statisticsAreThoseOfTheBatchAndLaterLayersSeeTheEarlierNormalised(int opset) {
    BatchNormRecalibration.Result result = recalibrate(model(graph(-1), opset), 70);
    assertThat(result.layers()).isEqualTo(2);
    assertThat(result.images()).isEqualTo(70);
    assertThat(result.findings()).isEmpty();
    int count = 70;
    List<int[]> batches = BatchNormRecalibration.batches(count, 32, false);
    assertThat(batches).hasSize(2);
    assertStatistics(result, expected(batches), 1e-5);
    assertThat(values(result, "a.weight")).containsOnly(1.5f);
    assertThat(result.model().proto().getGraph().getNodeList())
        .isEqualTo(model(graph(-1), opset).getGraph().getNodeList());
  }

  @Test
  void aFixedBatchIsFreedWhereTheNetworkAllowsIt() {
    BatchNormRecalibration.Result result = recalibrate(model(graph(1), 13), 64);
    int count = 64;
    assertThat(result.findings()).isEmpty();
    assertStatistics(result, expected(BatchNormRecalibration.batches(count, 32, false)), 1e-5);
  }

  @Test
  void aBatchFixedByTheNetworkIsKeptAndSaid() {
    GraphProto.Builder graph = graph(10);
    TensorProto shape =
        TensorProto.newBuilder()
            .setName("shape")
            .setDataType(ElementType.INT64.number())
            .addDims(4)
            .addAllInt64Data(List.of(10L, 3L, 6L, 5L))
            .build();
    graph.addInitializer(shape);
    graph.setNode(0, node("Conv", "c1", "same", "w1"));
    graph.addNode(0, node("Reshape", "same", "x", "shape"));
    BatchNormRecalibration.Result result = recalibrate(model(graph, 13), 45);
    assertThat(result.findings()).extracting(Finding::code).containsExactly("OG-494");
    int count = 45;
    List<int[]> batches = BatchNormRecalibration.batches(count, 10, true);
    assertThat(batches).hasSize(4);
    assertStatistics(result, expected(batches), 1e-5);
  }

  @Test
  void whatComesAfterTheLastLayerDoesNotMatter() {
    GraphProto.Builder graph = graph(1);
    TensorProto shape =
        TensorProto.newBuilder()
            .setName("shape")
            .setDataType(ElementType.INT64.number())
            .addDims(2)
            .addAllInt64Data(List.of(1L, 4L))
            .build();
    graph.addInitializer(shape).addNode(node("Reshape", "flat", "y", "shape"));
    graph.setOutput(0, value("flat", ElementType.FLOAT, 1, 4));
    BatchNormRecalibration.Result result = recalibrate(model(graph, 13), 64);
    assertThat(result.findings()).isEmpty();
    assertThat(values(result, "b.mean")[0]).isNotZero();
  }

  @Test
  void storedStatisticsDoNotMatterSoDoingItTwiceChangesNothing() {
    BatchNormRecalibration.Result once = recalibrate(model(graph(-1), 13), 64);
    BatchNormRecalibration.Result twice = recalibrate(once.model().toProto(), 64);
    assertThat(twice.model().toProto().toByteString())
        .isEqualTo(once.model().toProto().toByteString());
  }

  @Test
  void aKeptLayerNormalisesByItsOwnStatistics() {
    // With one batch, running statistics and those of the batch are the same.
    BatchNormRecalibration.Result all = recalibrate(model(graph(-1), 13), 32);
    BatchNormRecalibration.Result rest =
        recalibrate(all.model().toProto(), 32, name -> name.equals("a.mean"));
    assertThat(rest.layers()).isEqualTo(1);
    assertThat(rest.findings()).extracting(Finding::code).containsExactly("OG-495");
    int count = 32;
    assertStatistics(rest, expected(BatchNormRecalibration.batches(count, 32, false)), 1e-5);

    BatchNormRecalibration.Result fresh =
        recalibrate(model(graph(-1), 13), 32, name -> name.startsWith("a."));
    assertThat(values(fresh, "a.mean")).containsOnly(0f);
    assertThat(values(fresh, "b.var")[0]).isNotCloseTo(values(all, "b.var")[0], within(0.01f));

    BatchNormRecalibration.Result none = recalibrate(model(graph(-1), 13), 32, name -> true);
    assertThat(none.layers()).isZero();
    assertThat(none.findings()).extracting(Finding::code).containsExactly("OG-495");
  }

  @Test
  void halfPrecisionAndTrainingModeWork() {
    GraphProto.Builder graph = graph(-1);
    for (int i = 0; i < graph.getInitializerCount(); i++) {
      graph.setInitializer(i, half(graph.getInitializer(i)));
    }
    graph.setInput(0, value("x", ElementType.FLOAT16, -1, 3, 6, 5));
    graph.setOutput(0, value("y", ElementType.FLOAT16, -1, 2, 2, 1));
    graph
        .getNodeBuilder(1)
        .addOutput("unused1")
        .addOutput("unused2")
        .addAttribute(
            AttributeProto.newBuilder()
                .setName("training_mode")
                .setType(AttributeProto.AttributeType.INT)
                .setI(1));
    BatchNormRecalibration.Result result = recalibrate(model(graph, 15), 64);
    int count = 64;
    assertStatistics(result, expected(BatchNormRecalibration.batches(count, 32, false)), 1e-2);
  }

  private static TensorProto half(TensorProto tensor) {
    TensorProto.Builder half =
        TensorProto.newBuilder()
            .setName(tensor.getName())
            .addAllDims(tensor.getDimsList())
            .setDataType(ElementType.FLOAT16.number());
    List<Float> values = new ArrayList<>(tensor.getFloatDataList());
    if (values.isEmpty()) {
      java.nio.ByteBuffer raw =
          tensor.getRawData().asReadOnlyByteBuffer().order(java.nio.ByteOrder.LITTLE_ENDIAN);
      while (raw.hasRemaining()) {
        values.add(raw.getFloat());
      }
    }
    for (float value : values) {
      half.addInt32Data(
          Short.toUnsignedInt(ai.onnxruntime.platform.Fp16Conversions.floatToFp16(value)));
    }
    return half.build();
  }

  @Test
  void aLayerUsedTwiceGetsTheAverageAndMergedTensorsAreSaid() {
    GraphProto.Builder twice = graph(-1);
    twice.addNode(batchNorm("z", "c2", "b")).addOutput(value("z", ElementType.FLOAT, -1, 2, 2, 1));
    assertThat(recalibrate(model(twice, 13), 64).findings()).isEmpty();
    assertThat(recalibrate(model(twice, 13), 64).layers()).isEqualTo(3);

    GraphProto.Builder merged = graph(-1);
    merged.addAllInitializer(statistics("c", 2));
    merged
        .addNode(batchNorm("z", "c2", "c").setInput(4, "b.var"))
        .addOutput(value("z", ElementType.FLOAT, -1, 2, 2, 1));
    assertThat(recalibrate(model(merged, 13), 64).findings())
        .extracting(Finding::code)
        .containsExactly("OG-493");
  }

  @Test
  void layersWithoutStoredStatisticsAreFindings() {
    GraphProto.Builder graph = graph(-1);
    graph.addNode(1, node("Abs", "computed", "a.var")).getNodeBuilder(2).setInput(4, "computed");
    BatchNormRecalibration.Result result = recalibrate(model(graph, 13), 64);
    assertThat(result.layers()).isEqualTo(1);
    assertThat(result.findings()).extracting(Finding::code).containsExactly("OG-491");
    assertThat(values(result, "a.mean")).containsOnly(0f);
  }

  @Test
  void nothingToDoIsSaid() {
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInput(value("x", ElementType.FLOAT, -1, 3, 6, 5))
            .addOutput(value("y", ElementType.FLOAT, -1, 3, 6, 5))
            .addNode(node("Relu", "y", "x"));
    BatchNormRecalibration.Result result = recalibrate(model(graph, 13), 64);
    assertThat(result.layers()).isZero();
    assertThat(result.findings()).extracting(Finding::code).containsExactly("OG-490");
  }

  @Test
  void refusalsAreTyped() {
    assertCode("OG-434", model(graph(-1), 6));
    GraphProto.Builder weightless = graph(-1);
    weightless.addInput(value("w1", ElementType.FLOAT, 4, 3, 3, 3)).removeInitializer(0);
    assertCode("OG-430", model(weightless, 13));
    GraphProto.Builder vector = graph(-1).setInput(0, value("x", ElementType.FLOAT, -1, 90));
    assertCode("OG-430", model(vector, 13));
    GraphProto.Builder broken = graph(-1);
    broken.getNodeBuilder(0).addAttribute(ints("strides", 1, 1, 1));
    assertCode("OG-431", model(broken, 13));
    GraphProto.Builder exploding = graph(-1).setInitializer(0, floats("w1", 3e38f, 4, 3, 3, 3));
    assertCode("OG-433", model(exploding, 13));
  }

  private static void assertCode(String code, ModelProto model) {
    assertThatThrownBy(() -> recalibrate(model, 64))
        .isInstanceOfSatisfying(
            OnnxGhnException.class, e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code));
  }

  @Test
  void batchesAreAlike() {
    assertThat(BatchNormRecalibration.batches(256, 32, false))
        .hasSize(8)
        .allSatisfy(batch -> assertThat(batch).hasSize(32));
    assertThat(BatchNormRecalibration.batches(75, 32, false))
        .extracting(batch -> batch.length)
        .containsExactly(37, 38);
    assertThat(BatchNormRecalibration.batches(3, 32, false).get(0)).containsExactly(0, 1, 2);
    assertThat(BatchNormRecalibration.batches(3, 4, true).get(0)).containsExactly(0, 1, 2, 0);
  }
}
