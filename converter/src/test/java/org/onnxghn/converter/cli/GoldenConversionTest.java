package org.onnxghn.converter.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onnxghn.SharedData;

/** {@code convert} gives the tensors that the reference implementation predicts. */
class GoldenConversionTest {
  @TempDir private static Path checkpoints;
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "small, small_cnn, golden/onnx/small_cnn.nc10.onnx",
    "small, plain_cnn, golden/onnx/plain_cnn.nc10.onnx",
    "small, resnet18, golden/onnx/resnet18.nc10.opset17.onnx.gz",
    "small, resnet50, golden/onnx/resnet50.nc10.opset17.onnx.gz",
    "small, vgg11_bn, golden/onnx/vgg11_bn.nc10.opset17.onnx.gz",
    "small, squeezenet1_1, golden/onnx/squeezenet1_1.nc10.opset17.onnx.gz",
    "small, densenet121, golden/onnx/densenet121.nc10.opset17.onnx.gz",
    "small, mobilenet_v3_small, golden/onnx/mobilenet_v3_small.nc10.opset17.onnx.gz",
    "T, resnet18, torchvision/resnet18.opset13.onnx.gz",
    "T, resnet50, torchvision/resnet50.opset13.onnx.gz",
    "T, vgg11_bn, torchvision/vgg11_bn.opset13.onnx.gz",
    "T, squeezenet1_1, torchvision/squeezenet1_1.opset13.onnx.gz",
    "T, densenet121, torchvision/densenet121.opset13.onnx.gz",
    "T, mobilenet_v3_small, torchvision/mobilenet_v3_small.opset13.onnx.gz"
  })
  void tensorsEqualTheReference(String config, String network, String model) throws IOException {
    JsonNode golden;
    try (InputStream stream = SharedData.open("golden/" + config + "/" + network + ".json.gz")) {
      golden = new ObjectMapper().readTree(stream);
    }
    Path input = folder.resolve("in.onnx");
    try (InputStream stream = SharedData.open(model)) {
      Files.copy(stream, input);
    }
    Run run =
        Run.of(
            "convert",
            input,
            "-o",
            folder.resolve("out.onnx"),
            "--checkpoint",
            checkpoint(config),
            "--min-coverage",
            1,
            "--json");
    assertThat(run.code()).as(run.err() + run.out()).isZero();
    JsonNode json = run.json();
    assertThat(json.path("coverage").path("fraction").asDouble()).isEqualTo(1.0);
    assertThat(json.path("verification").path("finite").asBoolean()).isTrue();

    Map<String, JsonNode> ours = new HashMap<>();
    json.path("parameters").forEach(p -> ours.put(p.path("name").asText(), p));
    assertThat(ours).hasSize(golden.path("tensors").size());
    for (JsonNode expected : golden.path("tensors")) {
      compare(expected, ours.get(expected.path("name").asText()));
    }
  }

  private static void compare(JsonNode expected, JsonNode actual) {
    String name = expected.path("name").asText();
    assertThat(actual).as(name).isNotNull();
    assertThat(actual.path("shape")).as(name).isEqualTo(expected.path("shape"));
    near(name + " l2", actual.path("l2"), expected.path("l2"));
    assertThat(actual.path("first8")).as(name).hasSameSizeAs(expected.path("first8"));
    for (int i = 0; i < expected.path("first8").size(); i++) {
      near(name + " " + i, actual.path("first8").path(i), expected.path("first8").path(i));
    }
  }

  private static void near(String what, JsonNode actual, JsonNode expected) {
    double value = expected.asDouble();
    assertThat(actual.asDouble())
        .as(what)
        .isCloseTo(value, within(Math.max(1e-5, 1e-4 * Math.abs(value))));
  }

  private static Path checkpoint(String config) {
    Path file = checkpoints.resolve(config + ".safetensors");
    if (!Files.exists(file)) {
      Path published = SharedData.path("golden/checkpoints/ghn3_" + config + ".public.joblib.pt");
      Run run = Run.of("checkpoint", "import", published, "-o", file);
      assertThat(run.code()).as(run.err()).isZero();
    }
    return file;
  }
}
