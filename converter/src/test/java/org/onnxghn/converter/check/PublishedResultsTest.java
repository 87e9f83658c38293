package org.onnxghn.converter.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.onnxghn.SharedData;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.OnnxModel;

/** The table of results against the published ones, and families of networks that have a name. */
class PublishedResultsTest {
  @TempDir private Path folder;

  /** Here, and only here, names decide; the order matters. */
  private static Family byName(String network) {
    String[][] rules = {
      {"vit", "VISION_TRANSFORMER"},
      {"swin", "WINDOW_ATTENTION"},
      {"convnext", "CONVNEXT"},
      {"mobilenet_v3", "DEPTHWISE_SQUEEZE_EXCITE"},
      {"efficientnet", "DEPTHWISE_SQUEEZE_EXCITE"},
      {"regnet_y", "GROUPED_SQUEEZE_EXCITE"},
      {"shufflenet", "CHANNEL_SHUFFLE"},
      {"densenet", "DENSE"},
      {"inception", "INCEPTION"},
      {"googlenet", "INCEPTION"},
      {"squeezenet", "FIRE"},
      {"mobilenet_v2", "INVERTED_RESIDUAL"},
      {"mnasnet", "INVERTED_RESIDUAL"},
      {"resnext", "GROUPED_RESIDUAL"},
      {"regnet_x", "GROUPED_RESIDUAL"},
      {"resnet", "RESIDUAL"},
      {"wide_resnet", "RESIDUAL"},
      {"alexnet", "PLAIN"},
      {"vgg", "PLAIN"}
    };
    for (String[] rule : rules) {
      if (network.startsWith(rule[0])) {
        return Family.valueOf(rule[1]);
      }
    }
    throw new AssertionError(network);
  }

  @Test
  void theTableIsTheMeanOfThePublishedResults() throws IOException {
    Map<Family, double[]> sums = new EnumMap<>(Family.class);
    try (InputStream in = SharedData.open("golden/ghn3_results.jsonl");
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line : lines.lines().toList()) {
        Map.Entry<String, JsonNode> row =
            new ObjectMapper().readTree(line).properties().iterator().next();
        double ghn3 = row.getValue().path("ghn3-sgd1ep").asDouble();
        double random = row.getValue().path("randinit-sgd1ep").asDouble();
        double[] sum = sums.computeIfAbsent(byName(row.getKey()), key -> new double[4]);
        sum[0]++;
        sum[1] += ghn3 > random ? 1 : 0;
        sum[2] += ghn3;
        sum[3] += random;
      }
    }
    assertThat(sums).hasSameSizeAs(Family.values());
    sums.forEach(
        (family, sum) -> {
          PublishedResults results = PublishedResults.of(family);
          assertThat(results.networks()).as(family.label()).isEqualTo((int) sum[0]);
          assertThat(results.wins()).as(family.label()).isEqualTo((int) sum[1]);
          assertThat(results.ghn3()).isCloseTo(sum[2] / sum[0], within(0.006));
          assertThat(results.random()).isCloseTo(sum[3] / sum[0], within(0.006));
        });
  }

  @Test
  void familiesThatLostAreThoseOfThePaper() {
    assertThat(Stream.of(Family.values()).filter(f -> !PublishedResults.of(f).gained()))
        .containsExactlyInAnyOrder(
            Family.DEPTHWISE_SQUEEZE_EXCITE, Family.VISION_TRANSFORMER, Family.FIRE);
  }

  static List<String> networks() {
    return SharedData.list("torchvision", ".onnx.gz").toList();
  }

  @ParameterizedTest
  @MethodSource("networks")
  void familiesAreRecognisedByTheirGraph(String file) throws IOException {
    Path model = folder.resolve("m.onnx");
    try (InputStream in = SharedData.open("torchvision/" + file)) {
      Files.copy(in, model);
    }
    var imported = GraphImporter.importGraph(OnnxModel.read(model));
    assertThat(Family.of(imported.graph())).contains(byName(file));
    List<Advice> advice = Adviser.advise(imported);
    assertThat(advice).isNotEmpty();
    assertThat(advice.get(0).text()).startsWith("Advice: ").contains("ICML 2023");
    assertThat(advice.get(0).code())
        .isEqualTo(
            PublishedResults.of(byName(file)).gained()
                ? CheckCodes.FAMILY_GAINED
                : CheckCodes.FAMILY_LOST);
  }

  @ParameterizedTest
  @MethodSource("otherNetworks")
  void networksOfOtherKindsGetNoFamily(String file) {
    var imported =
        GraphImporter.importGraph(OnnxModel.read(SharedData.path("models/real/" + file)));
    assertThat(Family.of(imported.graph())).isEmpty();
  }

  static List<String> otherNetworks() {
    return List.of(
        "tribuo__tinybert.onnx",
        "onnxruntime__TFBertForQuestionAnswering.onnx",
        "silero-vad__silero_vad.onnx",
        "vnncomp2021__ACASXU_run2a_1_1_batch_2000.onnx",
        "FastestDet__FastestDet.onnx",
        "vnncomp2022__unet_upsample_small.onnx");
  }
}
