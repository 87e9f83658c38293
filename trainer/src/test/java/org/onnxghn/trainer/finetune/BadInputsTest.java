package org.onnxghn.trainer.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.GraphText;
import org.onnxghn.converter.images.ImageCache;
import org.onnxghn.converter.runtime.ImageOptions;
import org.onnxghn.onnx.OnnxGhnException;
import org.onnxghn.onnx.WriteOptions;
import org.onnxghn.trainer.run.RunFolder;

/** Each refusal has its code and leaves nothing behind. */
class BadInputsTest {
  private static final String HEADER = "net (float[N,3,12,12] x) => (float[N,3] y) ";

  @TempDir Path folder;
  private Path images;
  private Path model;

  @BeforeEach
  void makeTask() {
    images = SmallTask.images(folder.resolve("data"), 6);
    model = SmallTask.model(folder);
  }

  private OnnxGhnException refusal(FineTuneOptions options) throws Exception {
    List<Path> before = files();
    OnnxGhnException refusal =
        catchThrowableOfType(
            OnnxGhnException.class, () -> FineTuning.run(options, FineTuneObserver.SILENT));
    assertThat(refusal).isNotNull();
    assertThat(files()).isEqualTo(before);
    return refusal;
  }

  private List<Path> files() throws Exception {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(file -> !file.startsWith(images)).sorted().toList();
    }
  }

  private FineTuneOptions options(Path input, Path data, List<String> freeze, double fraction) {
    FineTuneOptions usual = SmallTask.options(input, images, folder, SmallTask.recipe(1));
    return new FineTuneOptions(
        usual.input(),
        usual.output(),
        usual.run(),
        new FineTuneOptions.Data(
            new ImageOptions(data, null, 0, 0, null, ImageCache.in(folder)), null, fraction, false),
        usual.recipe(),
        usual.augmentation(),
        freeze,
        0,
        5,
        "cpu",
        usual.limits(),
        4,
        FineTuneOptions.Start.NEW);
  }

  private FineTuneOptions of(String text) {
    Path file = folder.resolve("other.onnx");
    GraphText.model(text).write(file, WriteOptions.DEFAULT);
    return options(file, images, List.of(), 0);
  }

  @Test
  void noImages() throws Exception {
    Path empty = Files.createDirectories(folder.resolve("empty"));
    assertThat(refusal(options(model, empty, List.of(), 0)).code()).isEqualTo("OG-420");
    Path missing = folder.resolve("missing");
    assertThat(refusal(options(model, missing, List.of(), 0)).code()).isEqualTo("OG-420");
  }

  @Test
  void anotherImageSizeThanTheModelDeclares() throws Exception {
    FineTuneOptions usual = options(model, images, List.of(), 0);
    ImageOptions larger = new ImageOptions(images, null, 16, 0, null, ImageCache.in(folder));
    FineTuneOptions options =
        new FineTuneOptions(
            usual.input(),
            usual.output(),
            usual.run(),
            new FineTuneOptions.Data(larger, null, 0, false),
            usual.recipe(),
            usual.augmentation(),
            List.of(),
            0,
            5,
            "cpu",
            usual.limits(),
            4,
            FineTuneOptions.Start.NEW);
    OnnxGhnException refusal = refusal(options);
    assertThat(refusal.code()).isEqualTo("OG-522");
    assertThat(refusal).hasMessageContaining("12x12, not 16x16");
  }

  @Test
  void wrongChannels() throws Exception {
    OnnxGhnException refusal =
        refusal(
            of(
                "net (float[N,5,12,12] x) => (float[N,3] y) <float[3,5,12,12] w, float[3] b> {"
                    + " c = Conv (x, w, b) y = Flatten (c) }"));
    assertThat(refusal.code()).isEqualTo("OG-430");
  }

  @Test
  void aModelWithoutWeights() throws Exception {
    OnnxGhnException refusal =
        refusal(
            of(
                "net (float[N,3,12,12] x, float[3,3,12,12] w) => (float[N,3] y) {"
                    + " c = Conv (x, w) y = Flatten (c) }"));
    assertThat(refusal.code()).isEqualTo("OG-430");
    assertThat(refusal.fix()).contains("onnx-ghn convert");
  }

  @Test
  void nothingToTrain() throws Exception {
    OnnxGhnException refusal =
        refusal(of(HEADER + "{ p = GlobalAveragePool (x) y = Flatten (p) }"));
    assertThat(refusal.code()).isEqualTo("OG-522");
    OnnxGhnException frozen = refusal(options(model, images, List.of("*"), 0));
    assertThat(frozen.code()).isEqualTo("OG-522");
    assertThat(frozen).hasMessageContaining("7 frozen");
  }

  @Test
  void noGradientComesBack() throws Exception {
    String text =
        HEADER + "<float[3,3,12,12] w, float[3] b> { c = Conv (x, w, b) %s y = Flatten (r) }";
    OnnxGhnException rounded =
        refusal(of(text.formatted("i = Cast <to = 6> (c) r = Cast <to = 1> (i)")));
    assertThat(rounded.code()).isEqualTo("OG-522");
    assertThat(rounded).hasMessageContaining("2 without gradient");
    assertThat(rounded.fix()).contains("before it is quantised");
    OnnxGhnException compared = refusal(of(text.formatted("i = IsNaN (c) r = Cast <to = 1> (i)")));
    assertThat(compared.code()).isEqualTo("OG-522");
    assertThat(compared).hasMessageContaining("no gradient comes back");
    assertThat(compared.fix()).contains("before it is quantised");
  }

  @Test
  void allUnsupportedOperatorsAreListed() throws Exception {
    OnnxGhnException refusal =
        refusal(
            of(
                """
                <opset_import: ["" : 17, "com.example" : 1]>
                net (float[N,3,12,12] x) => (float[N,3] y) <float[3,3,12,12] w> {
                  a = com.example.Secret (x)
                  c = Conv (a, w)
                  d = com.example.Other (c)
                  y = Flatten (d)
                }
                """));
    assertThat(refusal.code()).isEqualTo("OG-500");
    assertThat(refusal).hasMessageContaining("Secret").hasMessageContaining("Other");
  }

  @Test
  void noClassifier() throws Exception {
    OnnxGhnException refusal =
        refusal(
            of(
                "net (float[N,3,12,12] x) => (float[N,3,10,10] y) <float[3,3,3,3] w> {"
                    + " y = Conv (x, w) }"));
    assertThat(refusal.code()).isEqualTo("OG-522");
    assertThat(refusal).hasMessageContaining("not a row of scores");
  }

  @Test
  void theOutputIsTheInput() throws Exception {
    FineTuneOptions usual = SmallTask.options(model, images, folder, SmallTask.recipe(1));
    FineTuneOptions same =
        new FineTuneOptions(
            model,
            folder.resolve("data/../init.onnx"),
            usual.run(),
            usual.data(),
            usual.recipe(),
            usual.augmentation(),
            List.of(),
            0,
            5,
            "cpu",
            usual.limits(),
            4,
            FineTuneOptions.Start.NEW);
    assertThat(refusal(same).code()).isEqualTo("OG-402");
  }

  @Test
  void aRunFolderInUse() throws Exception {
    FineTuneOptions options = options(model, images, List.of(), 0);
    try (RunFolder used = RunFolder.create(options.run())) {
      assertThat(used.path()).exists();
      assertThat(refusal(options).code()).isEqualTo("OG-510");
    }
  }

  @Test
  void optionsThatMakeNoSense() throws Exception {
    OnnxGhnException glob = refusal(options(model, images, List.of("layer9.*"), 0));
    assertThat(glob.code()).isEqualTo("OG-520");
    assertThat(glob).hasMessageContaining("layer9.*");
    OnnxGhnException none = refusal(options(model, images, List.of(), 0.99));
    assertThat(none.code()).isEqualTo("OG-524");
    for (double rate : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      Recipe usual = SmallTask.recipe(1);
      OnnxGhnException refusal =
          catchThrowableOfType(
              OnnxGhnException.class,
              () ->
                  new Recipe(
                      1, 16, usual.method(), rate, 0.9, 0, false, usual.course(), 0, 0, 0, 1));
      assertThat(refusal.code()).isEqualTo("OG-520");
      assertThat(refusal).hasMessageContaining("--lr");
    }
  }

  @Test
  void validationImagesOfOtherClasses() throws Exception {
    Path other = Files.createDirectories(folder.resolve("val/across"));
    Files.copy(images.resolve("val/across/000.png"), other.resolve("000.png"));
    FineTuneOptions usual = options(model, images, List.of(), 0);
    FineTuneOptions options =
        new FineTuneOptions(
            usual.input(),
            usual.output(),
            usual.run(),
            new FineTuneOptions.Data(usual.data().training(), other.getParent(), 0, false),
            usual.recipe(),
            usual.augmentation(),
            List.of(),
            0,
            5,
            "cpu",
            usual.limits(),
            4,
            FineTuneOptions.Start.NEW);
    OnnxGhnException refusal = refusal(options);
    assertThat(refusal.code()).isEqualTo("OG-524");
    assertThat(refusal).hasMessageContaining("diagonal, down");
  }
}
