package org.onnxghn.converter.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.GraphText;
import org.onnxghn.SharedData;
import org.onnxghn.onnx.WriteOptions;

/** What needs a checkpoint: {@code checkpoint} itself, {@code --head}, {@code --noise}, … */
class CheckpointOptionsTest {
  @TempDir private static Path shared;
  @TempDir private Path folder;

  private static Path small() {
    return shared.resolve("small.safetensors");
  }

  @BeforeAll
  static void importCheckpoint() {
    Path published = SharedData.path("golden/checkpoints/ghn3_small.public.joblib.z3.pt");
    Run run = Run.of("checkpoint", "import", published, "-o", small(), "--json");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.json().path("command").asText()).isEqualTo("checkpoint import");
  }

  private JsonNode convert(String model, Object... more) throws IOException {
    Path input = folder.resolve("in.onnx");
    try (InputStream stream = SharedData.open(model)) {
      Files.copy(stream, input, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
    List<Object> args =
        new ArrayList<>(
            List.of("convert", input, "-o", folder.resolve("out.onnx"), "--checkpoint", small()));
    args.addAll(List.of(more));
    args.add("--json");
    Run run = Run.of(args.toArray());
    assertThat(run.code()).as(run.err() + run.out()).isZero();
    return run.json();
  }

  private static JsonNode parameter(JsonNode report, String name) {
    for (JsonNode parameter : report.path("parameters")) {
      if (parameter.path("name").asText().equals(name)) {
        return parameter;
      }
    }
    throw new AssertionError("no parameter " + name);
  }

  @Test
  void infoDescribesBothForms() {
    JsonNode ours = Run.of("checkpoint", "info", small(), "--json").json();
    JsonNode published =
        Run.of(
                "checkpoint",
                "info",
                SharedData.path("golden/checkpoints/ghn3_small.train.pt"),
                "--json")
            .json();
    assertThat(ours.path("weightsSha256")).isEqualTo(published.path("weightsSha256"));
    for (String field : List.of("kind", "hidden", "layers", "heads", "maxShape", "numClasses")) {
      assertThat(ours.path(field)).as(field).isEqualTo(published.path(field));
    }
    assertThat(ours.path("maxShape").toString()).isEqualTo("[32,32,11,11]");
    assertThat(ours.path("numClasses").asInt()).isEqualTo(10);
    Run text = Run.of("checkpoint", "info", small());
    assertThat(text.out()).contains("ghn3", ours.path("sha256").asText());
  }

  @Test
  void initMakesThePublishedSizes() {
    Path file = folder.resolve("t.safetensors");
    Run run =
        Run.of(
            "checkpoint", "init", "--preset", "ghn3-t", "-o", file, "--dtype", "float16", "--json");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.json().path("parameters").asLong()).isEqualTo(6_906_632);
    assertThat(run.json().path("tensors").path(0).path("dtype").asText()).isEqualTo("float16");
  }

  @Test
  void aPublishedFileIsNotACheckpointYet() {
    Run run =
        Run.of(
            "convert",
            SharedData.path("golden/onnx/small_cnn.nc10.onnx"),
            "-o",
            folder.resolve("o.onnx"),
            "--checkpoint",
            SharedData.path("golden/checkpoints/ghn3_small.train.pt"));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).containsPattern("OG-3\\d\\d").contains("checkpoint import");
  }

  @Test
  void anImportDoesNotReplaceWhatItReads() throws IOException {
    Path file = Files.copy(small(), folder.resolve("c.safetensors"));
    Path link = Files.createSymbolicLink(folder.resolve("link.safetensors"), file);
    for (Path[] names : new Path[][] {{file, file}, {file, link}, {link, file}}) {
      Run run =
          Run.of("checkpoint", "import", names[0], "-o", names[1], "--dtype", "float16", "--json");
      assertThat(run.code()).isEqualTo(2);
      assertThat(run.json().path("error").path("code").asText()).isEqualTo("OG-402");
      assertThat(file).hasSameBinaryContentAs(small());
      assertThat(link).isSymbolicLink();
    }
  }

  @Test
  void aRandomHeadThatIsNotThereIsAWarning() {
    Path headless = folder.resolve("headless.onnx");
    GraphText.model(
            """
            g (float[N,3,8,8] x) => (float[N,4,1,1] y) <float[4,3,3,3] a, float[4,4,1,1] b> {
              c = Conv <pads = [1,1,1,1]> (x, a)
              r = Relu (c)
              d = Conv (r, b)
              y = GlobalAveragePool (d)
            }
            """)
        .write(headless, WriteOptions.DEFAULT);
    Path out = folder.resolve("out.onnx");
    Run run =
        Run.of(
            "convert", headless, "-o", out, "--checkpoint", small(), "--head", "random", "--json");
    assertThat(run.code()).as(run.err() + run.out()).isZero();
    List<String> warnings = new ArrayList<>();
    for (JsonNode finding : run.json().path("findings")) {
      warnings.add(finding.path("code").asText() + " " + finding.path("severity").asText());
    }
    assertThat(warnings).contains("OG-453 warning");
    Run auto = Run.of("convert", headless, "-o", out, "--checkpoint", small(), "--json");
    assertThat(auto.json().path("findings").findValuesAsText("code")).doesNotContain("OG-453");
  }

  @Test
  void aHeadOfAnotherClassCountIsRandomUnlessAsked() throws IOException {
    String thousand = "torchvision/squeezenet1_1.opset13.onnx.gz";
    JsonNode auto = convert(thousand);
    assertThat(parameter(auto, "classifier.1.weight").path("source").asText())
        .isEqualTo("fallback");
    assertThat(parameter(auto, "classifier.1.bias").path("reason").asText())
        .isEqualTo("random head");
    assertThat(auto.path("findings").findValuesAsText("code")).contains("OG-453");
    JsonNode predicted = convert(thousand, "--head", "predict");
    assertThat(parameter(predicted, "classifier.1.weight").path("source").asText())
        .isEqualTo("tiled");
    assertThat(predicted.path("coverage").path("fraction").asDouble()).isEqualTo(1);

    JsonNode random = convert("golden/onnx/small_cnn.nc10.onnx", "--head", "random");
    assertThat(parameter(random, "classifier.weight").path("source").asText())
        .isEqualTo("fallback");
    assertThat(random.path("findings").findValuesAsText("code")).doesNotContain("OG-453");
  }

  /** The hidden layer before it is the last one with a bias, and has 12 units. */
  @Test
  void aClassifierWithoutBiasIsNotMistakenForTheLayerBefore() throws IOException {
    String model = "golden/graphs_quirks/linear_nobias_mid_last.onnx";
    JsonNode report = convert(model);
    assertThat(report.path("findings").findValuesAsText("code")).doesNotContain("OG-453");
    assertThat(parameter(report, "l2.weight").path("source").asText()).isEqualTo("tiled");
    JsonNode noisy = convert(model, "--noise", "0.01");
    assertThat(parameter(noisy, "fc.weight").path("first8"))
        .isEqualTo(parameter(report, "fc.weight").path("first8"));
    assertThat(parameter(noisy, "l2.weight").path("first8"))
        .isNotEqualTo(parameter(report, "l2.weight").path("first8"));
  }

  @Test
  void aSecondOutputMayHaveTheLastLayer() {
    Path model = folder.resolve("two.onnx");
    GraphText.model(
            """
            g (float[N,6] x) => (float[N,10] y, float[N,16] z)
            <float[10,6] a, float[10] b, float[9,6] c, float[9] d, float[16,9] e, float[16] f> {
              y = Gemm <transB = 1> (x, a, b)
              h = Gemm <transB = 1> (x, c, d)
              r = Relu (h)
              z = Gemm <transB = 1> (r, e, f)
            }
            """)
        .write(model, WriteOptions.DEFAULT);
    Path out = folder.resolve("two-out.onnx");
    Run run = Run.of("convert", model, "-o", out, "--checkpoint", small(), "--json");
    assertThat(run.code()).as(run.err() + run.out()).isZero();
    assertThat(run.json().path("findings").findValuesAsText("code")).doesNotContain("OG-453");
    assertThat(run.json().path("coverage").path("fraction").asDouble()).isEqualTo(1);
  }

  @Test
  void theSamePredictionGivesTheSameBytes() throws IOException {
    String model = "golden/onnx/resnet18.nc10.opset17.onnx.gz";
    String[] options = {"--noise", "1e-5", "--blend", "0.1", "--seed", "3"};
    JsonNode first = convert(model, (Object[]) options);
    JsonNode again = convert(model, (Object[]) options);
    assertThat(again.path("output").path("sha256")).isEqualTo(first.path("output").path("sha256"));
    assertThat(first.path("output").path("sha256").asText()).hasSize(64);
    assertThat(first.path("checkpoint").properties())
        .extracting(java.util.Map.Entry::getKey)
        .containsExactly(
            "name",
            "sha256",
            "kind",
            "hidden",
            "layers",
            "heads",
            "maxShape",
            "numClasses",
            "parameters");
  }

  @Test
  void noiseIsOnWeightsButTheLast() throws IOException {
    String model = "golden/onnx/small_cnn.nc10.onnx";
    JsonNode before = convert(model);
    JsonNode after = convert(model, "--noise", "0.01");
    for (JsonNode parameter : before.path("parameters")) {
      String name = parameter.path("name").asText();
      boolean noisy = parameter.path("shape").size() >= 2 && !name.equals("classifier.weight");
      assertThat(parameter(after, name).path("first8").equals(parameter.path("first8")))
          .as(name)
          .isEqualTo(!noisy);
      assertThat(parameter(after, name).path("first8").path(0).asDouble())
          .isCloseTo(parameter.path("first8").path(0).asDouble(), within(0.05));
    }
  }

  @Test
  void blendAddsTheFallbacksSampleToWeights() throws IOException {
    String model = "golden/onnx/small_cnn.nc10.onnx";
    JsonNode zero = convert(model);
    JsonNode half = convert(model, "--blend", "0.5");
    JsonNode sample =
        Run.of(
                "convert",
                folder.resolve("in.onnx"),
                "-o",
                folder.resolve("r.onnx"),
                "--checkpoint",
                "none",
                "--json")
            .json();
    for (JsonNode parameter : zero.path("parameters")) {
      String name = parameter.path("name").asText();
      double factor = parameter.path("shape").size() >= 2 ? 0.5 : 0;
      double expected =
          parameter.path("first8").path(0).asDouble()
              + factor * parameter(sample, name).path("first8").path(0).asDouble();
      assertThat(parameter(half, name).path("first8").path(0).asDouble())
          .as(name)
          .isCloseTo(expected, within(1e-6));
    }
  }
}
