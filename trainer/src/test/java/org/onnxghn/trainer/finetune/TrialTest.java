package org.onnxghn.trainer.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.converter.images.DataFolder;
import org.onnxghn.converter.images.ImageCache;
import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.AttributeProto;

/** What a trial does otherwise than a fine-tuning, and with models of different exporters. */
class TrialTest {
  @TempDir Path folder;
  private Path data;

  @BeforeEach
  void makeImages() {
    data = SmallTask.images(folder.resolve("data"), 12);
  }

  private Images images(String split) {
    return DataFolder.of(data)
        .open(split, ImageSpec.square(3, SmallTask.SIDE), ImageCache.in(folder), done -> {});
  }

  private OnnxModel model(String name, String text) {
    return OnnxModel.read(SmallTask.model(folder.resolve(name + ".onnx"), text, 3));
  }

  private Trial trial(OnnxModel model) {
    return new Trial(
        model, 0, images("train"), Normalisation.standard(3), AugmentationChoice.AUTO, 1);
  }

  /** After two steps. */
  private OnnxModel trained(String momentum) {
    String text =
        SmallTask.NET.replace(
            "BatchNormalization (", "BatchNormalization <momentum = " + momentum + "> (");
    try (Trial trial = trial(model("momentum" + momentum, text))) {
      assertThat(trial.train(SmallTask.recipe(1), 2, 7, () -> false)).isTrue();
      return trial.model();
    }
  }

  /** With 0.9997, running means would still be near their first values, zeros. */
  @Test
  void slowRunningStatisticsAreThoseOfTheTraining() {
    OnnxModel usual = trained("0.9");
    OnnxModel slow = trained("0.9997");
    for (String statistic : List.of("bn1.mean", "bn1.var")) {
      float[] expected = usual.tensor(statistic).orElseThrow().floats();
      assertThat(slow.tensor(statistic).orElseThrow().floats())
          .as(statistic)
          .containsExactly(expected, within(1e-4f));
    }
    assertThat(momenta(slow)).containsExactly(0.9997f);
    assertThat(momenta(usual)).containsExactly(0.9f);
  }

  private static List<Float> momenta(OnnxModel model) {
    return model.proto().getGraph().getNodeList().stream()
        .flatMap(node -> node.getAttributeList().stream())
        .filter(attribute -> attribute.getName().equals("momentum"))
        .map(AttributeProto::getF)
        .toList();
  }

  private double top1(OnnxModel model) {
    try (Trial trial = trial(model)) {
      return trial.top1(images("val"), 16);
    }
  }

  @Test
  void theLastBatchIsFilledUpWhereTheModelFixesTheirSize() {
    assertThat(images("val").size()).isEqualTo(12);
    double any = top1(model("any", SmallTask.NET));
    assertThat(top1(model("eight", SmallTask.EIGHT))).isEqualTo(any);
  }

  @Test
  void scoresThatAreNotFiniteHaveNoAccuracy() {
    float[] broken = new float[36];
    Arrays.fill(broken, Float.NaN);
    OnnxModel model = model("net", SmallTask.NET).withParameters(Map.of("fc.weight", broken));
    assertThat(top1(model)).isNaN();
  }
}
