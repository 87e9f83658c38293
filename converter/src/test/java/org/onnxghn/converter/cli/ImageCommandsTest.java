package org.onnxghn.converter.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.GraphText;
import org.onnxghn.SharedData;
import org.onnxghn.SharedImages;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.WriteOptions;

/** convert --calibrate, recalibrate and accuracy, one after the other as a user would. */
class ImageCommandsTest {
  @TempDir private Path folder;

  private static Path smallCnn() {
    return SharedData.path("golden/onnx/small_cnn.nc10.onnx");
  }

  private static Path cifar10() {
    return SharedImages.cifar10("test", 20);
  }

  private Path convert(String name, Object... more) {
    Path out = folder.resolve(name);
    List<Object> arguments =
        new ArrayList<>(List.of("convert", smallCnn(), "-o", out, "--checkpoint", "none"));
    arguments.addAll(List.of(more));
    arguments.add("--json");
    Run run = Run.of(arguments.toArray());
    assertThat(run.code()).as(run.err() + run.out()).isZero();
    JsonNode json = run.json();
    boolean calibrated = arguments.contains("--calibrate");
    assertThat(json.path("recalibration").isNull()).isEqualTo(!calibrated);
    if (calibrated) {
      assertThat(json.path("recalibration").path("applied").asBoolean()).isTrue();
      assertThat(json.path("recalibration").path("images").asInt()).isEqualTo(64);
      assertThat(json.path("findings").findValuesAsText("code")).doesNotContain("OG-450");
    }
    return out;
  }

  private static List<String> statistics(Path model) {
    return OnnxModel.read(model).tensors().stream()
        .filter(tensor -> tensor.name().contains("running_"))
        .map(tensor -> tensor.name() + Arrays.toString(tensor.floats()))
        .toList();
  }

  @Test
  void calibratingAtOnceOrLaterIsTheSame() {
    Path plain = convert("plain.onnx");
    Path calibrated =
        convert("calibrated.onnx", "--calibrate", cifar10(), "--calibrate-images", "64");
    Path later = folder.resolve("later.onnx");
    Run run =
        Run.of("recalibrate", plain, "-o", later, "--data", cifar10(), "--images", 64, "--json");
    assertThat(run.code()).as(run.err() + run.out()).isZero();
    JsonNode json = run.json();
    assertThat(json.path("recalibration").path("layers").asInt()).isPositive();
    assertThat(json.path("data").path("split").asText()).isEqualTo("test");
    assertThat(json.path("verification").path("finite").asBoolean()).isTrue();
    assertThat(statistics(later)).isNotEmpty().isEqualTo(statistics(calibrated));
    assertThat(statistics(later)).isNotEqualTo(statistics(plain));
  }

  @Test
  void keptStatisticsStay() {
    Path plain = convert("plain.onnx");
    String first = "*1.running_*";
    Path out = folder.resolve("kept.onnx");
    Run run =
        Run.of(
            "recalibrate",
            plain,
            "-o",
            out,
            "--data",
            cifar10(),
            "--images",
            64,
            "--keep",
            first,
            "--keep",
            "nothing*");
    assertThat(run.code()).as(run.err() + run.out()).isZero();
    assertThat(run.out()).contains("OG-495", "--keep nothing* matches no parameter");
    List<String> before = statistics(plain);
    List<String> after = statistics(out);
    for (int i = 0; i < before.size(); i++) {
      boolean kept = before.get(i).contains("1.running_");
      assertThat(before.get(i).equals(after.get(i))).as(before.get(i)).isEqualTo(kept);
    }

    Path atOnce =
        convert(
            "at-once.onnx", "--calibrate", cifar10(), "--calibrate-images", "64", "--keep", first);
    assertThat(statistics(atOnce).stream().filter(s -> s.contains("1.running_")).toList())
        .isEqualTo(statistics(smallCnn()).stream().filter(s -> s.contains("1.running_")).toList());
  }

  private Run calibrated(Path model, int images, Object... more) {
    List<Object> arguments =
        new ArrayList<>(List.of("convert", model, "-o", folder.resolve("calibrated.onnx")));
    arguments.addAll(List.of("--checkpoint", "none", "--calibrate", cifar10(), "--json"));
    arguments.addAll(List.of("--calibrate-images", images));
    arguments.addAll(List.of(more));
    Run run = Run.of(arguments.toArray());
    assertThat(run.code()).as(run.err() + run.out()).isZero();
    return run;
  }

  private static List<String> messages(Run run, String code) {
    List<String> messages = new ArrayList<>();
    for (JsonNode finding : run.json().path("findings")) {
      if (finding.path("code").asText().equals(code)) {
        messages.add(finding.path("message").asText());
      }
    }
    return messages;
  }

  @Test
  void statisticsThatWereResetAndNotEstimatedAreSaid() {
    // A layer that keeps one of the two does not get the other either.
    Run run = calibrated(smallCnn(), 16, "--keep", "bn1.running_mean");
    assertThat(messages(run, "OG-495")).hasSize(1);
    List<String> reset = messages(run, "OG-450");
    assertThat(reset).hasSize(1);
    assertThat(reset.get(0))
        .startsWith("1 running statistics of BatchNorm (such as bn1.running_var) were reset");
  }

  @Test
  void aFixedBatchTakesWholeBatchesAndLeavesNothingReset() {
    Path fixed =
        write(
            "fixed.onnx",
            """
            g (float[4,3,32,32] x) => (float[4,2,32,32] y)
              <float[2,3,1,1] w, float[2] s, float[2] b, float[2] m, float[2] v,
               int64[4] shape = {4, 3, 32, 32}> {
              same = Reshape (x, shape)
              c = Conv (same, w)
              y = BatchNormalization (c, s, b, m, v)
            }
            """);
    Run run = calibrated(fixed, 10);
    assertThat(run.json().path("recalibration").path("layers").asInt()).isEqualTo(1);
    assertThat(run.json().path("recalibration").path("images").asInt()).isEqualTo(8);
    assertThat(messages(run, "OG-494")).hasSize(1);
    assertThat(messages(run, "OG-450")).isEmpty();
  }

  private Path write(String name, String text) {
    Path file = folder.resolve(name);
    GraphText.model(text).write(file, WriteOptions.DEFAULT);
    return file;
  }

  @Test
  void filesWithoutImagesAreRefused() throws IOException {
    Path idx = Files.createDirectory(folder.resolve("idx"));
    ByteBuffer pixels = ByteBuffer.allocate(16).putInt(0x803).putInt(0).putInt(28).putInt(28);
    ByteBuffer labels = ByteBuffer.allocate(8).putInt(0x801).putInt(0);
    Files.write(idx.resolve("t10k-images-idx3-ubyte"), pixels.array());
    Files.write(idx.resolve("t10k-labels-idx1-ubyte"), labels.array());
    assertNoImages(1, 28, idx);
    Path cifar = Files.createDirectory(folder.resolve("cifar"));
    Files.write(cifar.resolve("test_batch.bin"), new byte[0]);
    assertNoImages(3, 32, cifar);
  }

  /** Images of this size need no decoding. */
  private void assertNoImages(int channels, int side, Path data) {
    String type = "float[N," + channels + "," + side + "," + side + "]";
    String vectors = "float[C] s, float[C] b, float[C] m, float[C] v".replace("C", "" + channels);
    String node = "{ y = BatchNormalization (x, s, b, m, v) }";
    Path model =
        write("bn.onnx", "g (%s x) => (%s y) <%s> %s".formatted(type, type, vectors, node));
    Path out = folder.resolve("out.onnx");
    for (Run run :
        List.of(
            Run.of("accuracy", model, "--data", data),
            Run.of("recalibrate", model, "-o", out, "--data", data))) {
      assertThat(run.code()).as(run.err()).isEqualTo(2);
      assertThat(run.err()).contains("OG-422");
    }
    assertThat(out).doesNotExist();
  }

  @Test
  void accuracyOfAnUntrainedNetworkIsThatOfChance() throws IOException {
    Path model = convert("m.onnx", "--calibrate", cifar10(), "--calibrate-images", "64");
    Run run = Run.of("accuracy", model, "--data", cifar10(), "--json");
    assertThat(run.code()).as(run.err() + run.out()).isZero();
    JsonNode json = run.json();
    assertThat(json.path("images").asInt()).isEqualTo(200);
    assertThat(json.path("top1").asDouble()).isBetween(0.01, 0.3);
    assertThat(json.path("top5").asDouble()).isBetween(0.3, 0.7);
    assertThat(json.path("seconds").asDouble()).isPositive();
    assertThat(json.path("perClass")).hasSize(10);
    assertThat(json.path("data").path("split").asText()).isEqualTo("test");

    Run text = Run.of("accuracy", model, "--data", cifar10(), "--batch", 7);
    assertThat(text.out()).contains("top-1", "200 images", "airplane", "confused:");
    List<String> rows =
        text.out().lines().filter(row -> row.matches(" +\\d \\w+( +\\d+){10}")).toList();
    assertThat(rows).hasSize(10);
    int total = 0;
    for (String row : rows) {
      total +=
          Arrays.stream(row.substring(21).trim().split(" +")).mapToInt(Integer::parseInt).sum();
    }
    assertThat(total).as("of the confusion matrix").isEqualTo(200);
  }

  @Test
  void badImagesAreNamed() throws IOException {
    Path model = convert("m.onnx");
    Path data = Files.createDirectories(folder.resolve("data/cat"));
    Files.write(data.resolve("1.jpg"), Files.readAllBytes(cifar10().resolve("test/cat/0000.jpg")));
    Files.write(data.resolve("bad\u001b[2J.jpg"), Base64.getDecoder().decode("/9j/"));
    Run run = Run.of("accuracy", model, "--data", data.getParent());
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("1 bad images", "cat/bad\\u{1b}[2J.jpg");
  }

  @Test
  void refusalsSayWhatToDo() {
    Path model = convert("m.onnx");
    Run missing = Run.of("accuracy", model, "--data", folder.resolve("none"));
    assertThat(missing.code()).isEqualTo(2);
    assertThat(missing.err()).contains("OG-420", "does not exist");
    assertThat(Run.of("accuracy", model, "--data", cifar10(), "--mean", "1").code()).isEqualTo(2);
    Run badStd =
        Run.of("accuracy", model, "--data", cifar10(), "--mean", "x", "--std", "1,2,3", "--json");
    assertThat(badStd.code()).isEqualTo(2);
    assertThat(badStd.json().path("error").path("code").asText()).isEqualTo("OG-425");
    assertThat(Run.of("recalibrate", model, "--data", cifar10()).code()).isEqualTo(2);
    Run same = Run.of("recalibrate", model, "-o", model, "--data", cifar10());
    assertThat(same.err()).contains("OG-402");
    Run none = Run.of("recalibrate", model, "--in-place", "--data", cifar10(), "--images", 0);
    assertThat(none.err()).contains("OG-400");
  }
}
