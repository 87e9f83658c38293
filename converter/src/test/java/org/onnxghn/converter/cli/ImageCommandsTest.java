package org.onnxghn.converter.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.SharedData;
import org.onnxghn.SharedImages;
import org.onnxghn.onnx.OnnxModel;

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
