package org.onnxghn.converter.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.onnxghn.converter.Models.model;
import static org.onnxghn.converter.Models.node;
import static org.onnxghn.converter.Models.value;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.converter.images.BadImage;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.converter.runtime.AccuracyResult.Confusion;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxGhnException;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.GraphProto;

/** With a network whose scores are the mean of red, green and blue. */
class AccuracyTest {
  private static final Normalisation NORMALISATION =
      Normalisation.of(new double[] {0.5}, new double[] {0.5});

  @TempDir private Path folder;

  /** Images of one colour each. */
  private record Colours(List<int[]> colours, int[] labels) implements Images {
    @Override
    public int size() {
      return labels.length;
    }

    @Override
    public int channels() {
      return 3;
    }

    @Override
    public int height() {
      return 2;
    }

    @Override
    public int width() {
      return 2;
    }

    @Override
    public List<String> classNames() {
      return List.of("red", "green", "blue");
    }

    @Override
    public int label(int index) {
      return labels[index];
    }

    @Override
    public void read(int index, byte[] planes) {
      for (int i = 0; i < 12; i++) {
        planes[i] = (byte) colours.get(index)[i / 4];
      }
    }

    @Override
    public List<BadImage> bad() {
      return List.of();
    }
  }

  /** Right, right, wrong (green is brighter), a tie that red wins, a tie that blue loses. */
  private static final Colours FIVE =
      new Colours(
          List.of(
              new int[] {200, 10, 20},
              new int[] {0, 255, 20},
              new int[] {100, 120, 20},
              new int[] {50, 50, 50},
              new int[] {50, 50, 50}),
          new int[] {0, 1, 0, 0, 2});

  private Path write(GraphProto.Builder graph) throws IOException {
    return Files.write(folder.resolve("model.onnx"), model(graph).toByteArray());
  }

  private static GraphProto.Builder planes(long batch) {
    return GraphProto.newBuilder()
        .addInput(value("x", ElementType.FLOAT, batch, 3, 2, 2))
        .addOutput(value("y", ElementType.FLOAT, batch, 3, 1, 1))
        .addNode(node("GlobalAveragePool", "y", "x"));
  }

  private static AccuracyResult measure(Path model, int batch) {
    ImageInput input = ImageInput.of(OnnxModel.read(model));
    return Accuracy.measure(model, input, FIVE, NORMALISATION, batch, done -> {});
  }

  private static void assertByHand(AccuracyResult result) {
    assertThat(result.top1()).isCloseTo(3 / 5.0, within(1e-12));
    assertThat(result.top5()).isEqualTo(1);
    assertThat(result.images()).isEqualTo(5);
    assertThat(result.notFinite()).isZero();
    assertThat(result.perClass()).extracting(c -> c.images()).containsExactly(3, 1, 1);
    assertThat(result.perClass()).extracting(c -> c.top1()).containsExactly(2 / 3.0, 1.0, 0.0);
    assertThat(result.confusion())
        .containsExactly(
            new Confusion(0, 0, 2),
            new Confusion(0, 1, 1),
            new Confusion(1, 1, 1),
            new Confusion(2, 0, 1));
  }

  @Test
  void anyBatchGivesTheSame() throws IOException {
    Path free = write(planes(-1));
    assertByHand(measure(free, 64));
    assertByHand(measure(free, 2));
    assertByHand(measure(write(planes(4)), 64));
  }

  @Test
  void channelsMayBeLast() throws IOException {
    Path model =
        write(
            GraphProto.newBuilder()
                .addInput(value("x", ElementType.FLOAT, -1, 2, 2, 3))
                .addOutput(value("y", ElementType.FLOAT, -1, 3))
                .addNode(
                    node("ReduceMean", "y", "x")
                        .addAttribute(org.onnxghn.converter.Models.ints("axes", 1, 2))
                        .addAttribute(
                            org.onnxghn.onnx.proto.AttributeProto.newBuilder()
                                .setName("keepdims")
                                .setType(
                                    org.onnxghn.onnx.proto.AttributeProto.AttributeType.INT))));
    assertThat(ImageInput.of(OnnxModel.read(model)).channelsLast()).isTrue();
    assertByHand(measure(model, 3));
  }

  @Test
  void doubleAndHalfInputs() throws IOException {
    for (ElementType type : List.of(ElementType.DOUBLE, ElementType.FLOAT16)) {
      Path model =
          write(
              GraphProto.newBuilder()
                  .addInput(value("x", type, -1, 3, 2, 2))
                  .addOutput(value("y", type, -1, 3, 1, 1))
                  .addNode(
                      node("ReduceMean", "y", "x")
                          .addAttribute(org.onnxghn.converter.Models.ints("axes", 2, 3))));
      assertByHand(measure(model, 3));
    }
  }

  @Test
  void scoresThatAreNotFiniteAreWrong() throws IOException {
    GraphProto.Builder graph = planes(-1);
    // The square root of scores below zero is no number: all but the second image have some.
    graph.setNode(0, node("GlobalAveragePool", "mean", "x")).addNode(node("Sqrt", "y", "mean"));
    AccuracyResult result = measure(write(graph), 64);
    assertThat(result.notFinite()).isEqualTo(5);
    assertThat(result.top1()).isZero();
    assertThat(result.confusion()).contains(new Confusion(0, -1, 3));
  }

  @Test
  void topFiveOfMoreClasses() {
    Scores scores = new Scores(List.of("a", "b"));
    scores.add(new float[] {1, 0, 2, 3, 4, 5, 6}, 0);
    scores.add(new float[] {2.5f, 0, 2, 3, 4, 5, 6}, 0);
    scores.add(new float[] {1, 9, 2, 3, 4, 5, 6}, 1);
    AccuracyResult result = scores.result(7, 2);
    assertThat(result.top1()).isCloseTo(1 / 3.0, within(1e-12));
    assertThat(result.top5()).isCloseTo(2 / 3.0, within(1e-12));
    assertThat(result.imagesPerSecond()).isEqualTo(1.5);
    assertThat(result.confusion()).containsExactly(new Confusion(0, 6, 2), new Confusion(1, 1, 1));
  }

  @Test
  void noClassifierIsRefused() throws IOException {
    GraphProto.Builder graph = planes(-1);
    graph
        .setNode(0, node("Relu", "y", "x"))
        .setOutput(0, value("y", ElementType.FLOAT, -1, 3, 2, 2));
    assertCode("OG-432", write(graph));
    GraphProto.Builder narrow = planes(-1);
    narrow.setNode(
        0,
        node("ReduceMax", "y", "x")
            .addAttribute(org.onnxghn.converter.Models.ints("axes", 1, 2, 3)));
    narrow.setOutput(0, value("y", ElementType.FLOAT, -1, 1, 1, 1));
    assertCode("OG-432", write(narrow));
    GraphProto.Builder unknown = planes(-1).setNode(0, node("NoSuchOp", "y", "x"));
    assertCode("OG-431", write(unknown));
  }

  private static void assertCode(String code, Path model) {
    assertThatThrownBy(() -> measure(model, 64))
        .isInstanceOfSatisfying(
            OnnxGhnException.class, e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code));
  }

  @Test
  void confusionAddsUp() throws IOException {
    AccuracyResult result = measure(write(planes(-1)), 64);
    assertThat(result.confusion().stream().mapToInt(Confusion::images).sum()).isEqualTo(5);
    assertThat(Arrays.stream(FIVE.labels()).count()).isEqualTo(result.images());
  }
}
