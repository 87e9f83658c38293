package org.onnxghn.converter.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.onnxghn.converter.Models.floats;
import static org.onnxghn.converter.Models.ints;
import static org.onnxghn.converter.Models.node;
import static org.onnxghn.converter.Models.value;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.converter.Models;
import org.onnxghn.graph.Finding;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxGhnException;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.TensorProto;

/** Against the direct computation of {@link TwoLayers}. */
class BatchNormRecalibrationTest {
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
        TwoLayers.IMAGES.subset(IntStream.range(0, images).toArray()),
        TwoLayers.NORMALISATION,
        kept,
        done -> {});
  }

  private static float[] values(BatchNormRecalibration.Result result, String name) {
    return result.model().tensor(name).orElseThrow().floats();
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
    BatchNormRecalibration.Result result = recalibrate(model(TwoLayers.graph(-1), opset), 70);
    assertThat(result.layers()).isEqualTo(2);
    assertThat(result.images()).isEqualTo(70);
    assertThat(result.findings()).isEmpty();
    int count = 70;
    List<int[]> batches = BatchNormRecalibration.batches(count, 32, false);
    assertThat(batches).hasSize(2);
    assertStatistics(result, TwoLayers.expected(batches), 1e-5);
    assertThat(values(result, "a.weight")).containsOnly(1.5f);
    assertThat(result.model().proto().getGraph().getNodeList())
        .isEqualTo(model(TwoLayers.graph(-1), opset).getGraph().getNodeList());
  }

  @Test
  void aFixedBatchIsFreedWhereTheNetworkAllowsIt() {
    BatchNormRecalibration.Result result = recalibrate(model(TwoLayers.graph(1), 13), 64);
    int count = 64;
    assertThat(result.findings()).isEmpty();
    assertStatistics(
        result, TwoLayers.expected(BatchNormRecalibration.batches(count, 32, false)), 1e-5);
  }

  @Test
  void aBatchFixedByTheNetworkIsKeptAndSaid() {
    GraphProto.Builder graph = TwoLayers.graph(10);
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
    assertThat(result.images()).as("used").isEqualTo(40);
    assertThat(result.statistics()).containsExactlyInAnyOrder("a.mean", "a.var", "b.mean", "b.var");
    assertStatistics(result, TwoLayers.expected(batches), 1e-5);
  }

  @Test
  void whatComesAfterTheLastLayerDoesNotMatter() {
    GraphProto.Builder graph = TwoLayers.graph(1);
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
    BatchNormRecalibration.Result once = recalibrate(model(TwoLayers.graph(-1), 13), 64);
    BatchNormRecalibration.Result twice = recalibrate(once.model().toProto(), 64);
    assertThat(twice.model().toProto().toByteString())
        .isEqualTo(once.model().toProto().toByteString());
  }

  @Test
  void aKeptLayerNormalisesByItsOwnStatistics() {
    // With one batch, running statistics and those of the batch are the same.
    BatchNormRecalibration.Result all = recalibrate(model(TwoLayers.graph(-1), 13), 32);
    BatchNormRecalibration.Result rest =
        recalibrate(all.model().toProto(), 32, name -> name.equals("a.mean"));
    assertThat(rest.layers()).isEqualTo(1);
    assertThat(rest.findings()).extracting(Finding::code).containsExactly("OG-495");
    int count = 32;
    assertStatistics(
        rest, TwoLayers.expected(BatchNormRecalibration.batches(count, 32, false)), 1e-5);

    BatchNormRecalibration.Result fresh =
        recalibrate(model(TwoLayers.graph(-1), 13), 32, name -> name.startsWith("a."));
    assertThat(values(fresh, "a.mean")).containsOnly(0f);
    assertThat(values(fresh, "b.var")[0]).isNotCloseTo(values(all, "b.var")[0], within(0.01f));

    BatchNormRecalibration.Result none =
        recalibrate(model(TwoLayers.graph(-1), 13), 32, name -> true);
    assertThat(none.layers()).isZero();
    assertThat(none.findings()).extracting(Finding::code).containsExactly("OG-495");
  }

  @Test
  void halfPrecisionAndTrainingModeWork() {
    GraphProto.Builder graph = TwoLayers.graph(-1);
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
    assertStatistics(
        result, TwoLayers.expected(BatchNormRecalibration.batches(count, 32, false)), 1e-2);
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
    GraphProto.Builder twice = TwoLayers.graph(-1);
    twice
        .addNode(TwoLayers.batchNorm("z", "c2", "b"))
        .addOutput(value("z", ElementType.FLOAT, -1, 2, 2, 1));
    assertThat(recalibrate(model(twice, 13), 64).findings()).isEmpty();
    assertThat(recalibrate(model(twice, 13), 64).layers()).isEqualTo(3);

    GraphProto.Builder merged = TwoLayers.graph(-1);
    merged.addAllInitializer(TwoLayers.statistics("c", 2));
    merged
        .addNode(TwoLayers.batchNorm("z", "c2", "c").setInput(4, "b.var"))
        .addOutput(value("z", ElementType.FLOAT, -1, 2, 2, 1));
    assertThat(recalibrate(model(merged, 13), 64).findings())
        .extracting(Finding::code)
        .containsExactly("OG-493");
  }

  @Test
  void layersWithoutStoredStatisticsAreFindings() {
    GraphProto.Builder graph = TwoLayers.graph(-1);
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
    assertCode("OG-434", model(TwoLayers.graph(-1), 6));
    GraphProto.Builder weightless = TwoLayers.graph(-1);
    weightless.addInput(value("w1", ElementType.FLOAT, 4, 3, 3, 3)).removeInitializer(0);
    assertCode("OG-430", model(weightless, 13));
    GraphProto.Builder vector =
        TwoLayers.graph(-1).setInput(0, value("x", ElementType.FLOAT, -1, 90));
    assertCode("OG-430", model(vector, 13));
    GraphProto.Builder broken = TwoLayers.graph(-1);
    broken.getNodeBuilder(0).addAttribute(ints("strides", 1, 1, 1));
    assertCode("OG-431", model(broken, 13));
    GraphProto.Builder exploding =
        TwoLayers.graph(-1).setInitializer(0, floats("w1", 3e38f, 4, 3, 3, 3));
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
