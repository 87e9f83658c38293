package org.onnxghn.trainer.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.converter.images.ImageCache;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.converter.runtime.Accuracy;
import org.onnxghn.converter.runtime.AccuracyResult;
import org.onnxghn.converter.runtime.ImageOptions;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.StoredTensor;
import org.onnxghn.trainer.data.HeldOut;
import org.onnxghn.trainer.run.MetricsLog;

class FineTuningTest {
  @TempDir Path folder;
  private Path images;

  @BeforeEach
  void makeImages() {
    images = SmallTask.images(folder.resolve("data"), 48);
  }

  private FineTuneOptions options(Path model, int epochs) {
    return SmallTask.options(model, images, folder, SmallTask.recipe(epochs));
  }

  private static FineTuneReport run(FineTuneOptions options) {
    return FineTuning.run(options, FineTuneObserver.SILENT);
  }

  @Test
  void aNetworkLearnsAndOnnxRuntimeAgrees() throws Exception {
    Path model = SmallTask.model(folder);
    byte[] before = Files.readAllBytes(model);
    FineTuneOptions options = options(model, 8);
    FineTuneReport report = run(options);

    assertThat(report.succeeded()).isTrue();
    assertThat(report.best().top1()).isGreaterThan(0.9);
    assertThat(report.parameters())
        .isEqualTo(new FineTuneReport.Parameters(7, 216 + 16 + 864 + 12 + 36 + 3, 0, 2));
    Agreement agreement = report.verification().agreement();
    assertThat(agreement.executor()).isEqualTo(agreement.runtime());
    assertThat(agreement.runtime()).isEqualTo(Math.round(48 * report.best().top1()));
    assertThat(model).hasBinaryContent(before);
    requireOutput(options, report);
    requireRunFolder(options.run());
  }

  /** The output stands for itself: measured with its own metadata, as a user would. */
  private void requireOutput(FineTuneOptions options, FineTuneReport report) {
    OnnxModel tuned = OnnxModel.read(options.output());
    ImageOptions.Prepared prepared =
        new ImageOptions(images, "val", 0, 0, null, ImageCache.in(folder)).open(tuned, n -> {});
    AccuracyResult measured =
        Accuracy.measure(
            options.output(),
            prepared.input(),
            prepared.images(),
            prepared.normalisation(),
            7,
            n -> {});
    assertThat(measured.top1()).isEqualTo(report.best().top1());
    assertThat(tuned.sha256()).isEqualTo(report.output().sha256());
    // Statistics of BatchNorm are those of the data by now.
    float[] mean = tuned.tensor("bn1.mean").orElseThrow().floats();
    assertThat(mean).doesNotContain(0f);
  }

  private static void requireRunFolder(Path run) throws Exception {
    assertThat(run.resolve("best.onnx")).exists();
    assertThat(run.resolve("last.onnx")).exists();
    assertThat(Files.readString(run.resolve("curves.svg"))).contains("<svg");
    assertThat(ImageIO.read(run.resolve("curves.png").toFile()).getWidth()).isGreaterThan(300);
    List<JsonNode> lines = MetricsLog.read(run.resolve("metrics.jsonl"));
    List<JsonNode> epochs = lines.stream().filter(line -> line.has("valTop1")).toList();
    assertThat(epochs).hasSize(8);
    JsonNode last = epochs.get(7);
    for (String field :
        List.of(
            "step",
            "epoch",
            "learningRate",
            "loss",
            "crossEntropy",
            "parameterNorm",
            "top1",
            "gradientNorm",
            "seconds",
            "imagesPerSecond",
            "networksPerSecond",
            "waitingSeconds",
            "valTop1",
            "valTop5")) {
      assertThat(last.path(field).isNumber()).as(field).isTrue();
    }
    assertThat(last.path("step").asInt()).isEqualTo(72);
    assertThat(last.path("epoch").asInt()).isEqualTo(8);
  }

  @Test
  void whatIsFrozenKeepsItsBytes() {
    Path model = SmallTask.model(folder);
    FineTuneOptions usual = options(model, 1);
    FineTuneOptions options =
        new FineTuneOptions(
            usual.input(),
            usual.output(),
            usual.run(),
            usual.data(),
            usual.recipe(),
            usual.augmentation(),
            List.of("bn1.*", "conv1.weight"),
            0,
            5,
            "cpu",
            usual.limits(),
            4,
            FineTuneOptions.Start.NEW);
    FineTuneReport report = run(options);
    assertThat(report.succeeded()).isTrue();
    assertThat(report.parameters().frozen()).isEqualTo(3);
    assertThat(report.parameters().batchNormStatistics()).isZero();
    OnnxModel before = OnnxModel.read(model);
    OnnxModel after = OnnxModel.read(options.output());
    for (StoredTensor tensor : before.tensors()) {
      if (!tensor.type().isTrainable()) {
        continue;
      }
      float[] values = after.tensor(tensor.name()).orElseThrow().floats();
      boolean frozen = tensor.name().matches("bn1.*|conv1.*|ratio");
      if (frozen) {
        assertThat(values).as(tensor.name()).isEqualTo(tensor.floats());
      } else {
        assertThat(values).as(tensor.name()).isNotEqualTo(tensor.floats());
      }
    }
  }

  @Test
  void aNewHeadForOtherClasses() {
    Path model = SmallTask.model(folder.resolve("five.onnx"), SmallTask.NET, 5);
    FineTuneOptions five = options(model, 6);
    assertThatThrownBy(() -> run(five))
        .isInstanceOfSatisfying(
            FineTuneException.class, e -> assertThat(e.fix()).contains("--new-head 3"))
        .hasMessageContaining("5 scores, the data set has 3 classes");
    assertThat(five.run()).doesNotExist();
    FineTuneReport report = run(with(five, 3, five.limits(), five.data()));
    assertThat(report.succeeded()).isTrue();
    assertThat(report.best().top1()).isGreaterThan(0.6);
    assertThat(OnnxModel.read(five.output()).tensor("fc.weight").orElseThrow().shape().dim(0))
        .isEqualTo(3);
  }

  private static FineTuneOptions with(
      FineTuneOptions options,
      int newHead,
      FineTuneOptions.Limits limits,
      FineTuneOptions.Data data) {
    return new FineTuneOptions(
        options.input(),
        options.output(),
        options.run(),
        data,
        options.recipe(),
        options.augmentation(),
        options.freeze(),
        newHead,
        options.seed(),
        options.device(),
        limits,
        options.logEvery(),
        options.start());
  }

  @Test
  void aPartOfTheTrainingImagesForValidationAndComputedNormalisation() {
    Path model = SmallTask.model(folder);
    FineTuneOptions usual = options(model, 1);
    ImageOptions train =
        new ImageOptions(images, "train", 0, 0, null, usual.data().training().cache());
    FineTuneReport report =
        run(with(usual, 0, usual.limits(), new FineTuneOptions.Data(train, null, 0.25, true)));
    assertThat(report.training().images()).isEqualTo(108);
    assertThat(report.validation().images()).isEqualTo(36);
    Map<String, String> metadata = new java.util.HashMap<>();
    OnnxModel.read(usual.output())
        .proto()
        .getMetadataPropsList()
        .forEach(entry -> metadata.put(entry.getKey(), entry.getValue()));
    assertThat(Normalisation.stored(metadata).orElseThrow().mean()[2]).isBetween(0.08, 0.16);
    HeldOut parts = HeldOut.divide(144, 36, 5);
    assertThat(parts.rest()).hasSize(108).doesNotContain(parts.heldOut()).isSorted();
  }

  @Test
  void testImagesAreNotValidatedOnUnasked() throws IOException {
    Path model = SmallTask.model(folder);
    Path data = Files.createDirectories(folder.resolve("with-test"));
    Files.createSymbolicLink(data.resolve("train"), images.resolve("train").toAbsolutePath());
    Files.createSymbolicLink(data.resolve("test"), images.resolve("val").toAbsolutePath());
    FineTuneOptions usual = options(model, 1);
    ImageOptions own = new ImageOptions(data, null, 0, 0, null, usual.data().training().cache());
    FineTuneReport report =
        run(with(usual, 0, usual.limits(), new FineTuneOptions.Data(own, null, 0, false)));
    assertThat(report.validation().split()).isEqualTo("train, a part");
    assertThat(report.validation().images()).isEqualTo(14);
  }

  @Test
  void validatingOnTheTrainingImagesIsRefused() {
    FineTuneOptions usual = options(SmallTask.model(folder), 1);
    FineTuneOptions.Data same =
        new FineTuneOptions.Data(
            ImageOptions.of(images.resolve("train")), images.resolve("../data/train"), 0, false);
    assertThatThrownBy(() -> run(with(usual, 0, usual.limits(), same)))
        .isInstanceOfSatisfying(
            FineTuneException.class, e -> assertThat(e.code()).isEqualTo("OG-524"))
        .hasMessageContaining("trained on");
  }

  @Test
  void theScheduleFitsItselfToTheTime() {
    Path model = SmallTask.model(folder);
    FineTuneOptions usual = options(model, 100_000);
    FineTuneOptions.Limits limits =
        new FineTuneOptions.Limits(Duration.ofMillis(900), Duration.ofMinutes(5));
    FineTuneReport report = run(with(usual, 0, limits, usual.data()));
    assertThat(report.interrupted()).isFalse();
    assertThat(report.output()).isNotNull();
    assertThat(report.seconds()).isGreaterThan(0.9);
    assertThat(report.last().step()).isEqualTo(report.steps());
    List<JsonNode> rates =
        MetricsLog.read(usual.run().resolve("metrics.jsonl")).stream()
            .filter(line -> line.has("learningRate"))
            .toList();
    assertThat(rates.get(rates.size() - 1).path("learningRate").asDouble()).isLessThan(0.05);
  }

  @Test
  void aLossThatIsNotFiniteStopsTheRun() {
    Path model = SmallTask.model(folder);
    Recipe usual = SmallTask.recipe(2);
    Recipe wild =
        new Recipe(2, 16, usual.method(), 1e5, 0.9, 0, false, usual.course(), 0, 0, 0, 1e30);
    FineTuneOptions options = SmallTask.options(model, images, folder, wild);
    assertThatThrownBy(() -> run(options))
        .isInstanceOfSatisfying(
            FineTuneException.class,
            e -> {
              assertThat(e.code()).isEqualTo(FineTuneException.NOT_FINITE);
              assertThat(e.fix()).contains("--lr").contains("--warmup").contains("--clip");
            });
    assertThat(options.output()).doesNotExist();
  }

  @Test
  void aModelWithoutFiniteScoresIsNotWritten() {
    Path model = SmallTask.model(folder);
    Recipe usual = SmallTask.recipe(1);
    // One step, which is finite, and throws the parameters far away.
    Recipe wild =
        new Recipe(
            1, 144, usual.method(), 1e6, 0, 1e6, false, Recipe.Course.CONSTANT, 0, 0, 0, 1e30);
    FineTuneOptions options = SmallTask.options(model, images, folder, wild);
    assertThatThrownBy(() -> run(options))
        .isInstanceOfSatisfying(
            FineTuneException.class,
            e -> assertThat(e.code()).isEqualTo(FineTuneException.NOT_FINITE))
        .hasMessageContaining("validation");
    assertThat(options.output()).doesNotExist();
    assertThat(new Milestone(1, 1, 0.5, 1, Double.NaN).isBetterThan(new Milestone(1, 1, 0, 0, 9)))
        .isFalse();
    assertThat(new Milestone(1, 1, 0, 0, 9).isBetterThan(new Milestone(1, 1, 0.5, 1, Double.NaN)))
        .isTrue();
  }
}
