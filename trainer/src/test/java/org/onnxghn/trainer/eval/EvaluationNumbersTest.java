package org.onnxghn.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.converter.images.DataFolder;
import org.onnxghn.converter.images.ImageCache;
import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.onnx.LayerBuilder;
import org.onnxghn.onnx.LayerBuilder.Window;
import org.onnxghn.onnx.NetworkBuilder;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.finetune.AugmentationChoice;
import org.onnxghn.trainer.finetune.Recipe;
import org.onnxghn.trainer.finetune.SmallTask;
import org.onnxghn.trainer.finetune.Trial;
import org.onnxghn.trainer.train.TrainingException;

/** The parts of the protocols, against numbers by hand. */
class EvaluationNumbersTest {
  @TempDir private Path folder;

  private static ObjectNode network(String name, double ghn, double he) {
    ObjectNode network = new ObjectMapper().createObjectNode().put("name", name);
    ArrayNode results = network.putArray("fineTuned");
    results.addObject().put("init", "ghn").put("epochs", 1.0).put("top1", ghn);
    results.addObject().put("init", "he").put("epochs", 1.0).put("top1", he);
    return network;
  }

  @Test
  void winsGainsAndLosses() {
    List<JsonNode> networks = new ArrayList<>();
    networks.add(network("a", 0.5, 0.4));
    networks.add(network("b", 0.7, 0.4));
    networks.add(network("c", 0.3, 0.4));
    networks.add(network("d", 0.6, 0.6));
    Comparison comparison = Comparison.of(networks, "he");
    Comparison.Wins wins = comparison.comparisons().get(0);
    assertThat(wins.wins()).isEqualTo(2);
    assertThat(wins.networks()).isEqualTo(4);
    assertThat(wins.averageGain()).isCloseTo(0.2, within(1e-9));
    assertThat(wins.averageLoss()).isCloseTo(-0.1, within(1e-9));
    assertThat(wins.averageDifference()).isCloseTo(0.075, within(1e-9));
    Comparison.Level level = comparison.levels().get(0);
    assertThat(level.mean()).isCloseTo(0.525, within(1e-9));
    assertThat(level.max()).isEqualTo(0.7);
    assertThat(level.std()).isCloseTo(0.1479, within(1e-4));
  }

  /** Whose loss was finite with no learning rate is at chance: better than nobody. */
  @Test
  void aStartThatDivergedDoesNotWin() {
    ObjectNode network = network("a", 0.5, 0.4);
    ((ObjectNode) network.path("fineTuned").path(0)).put("learningRate", 0.0);
    ((ObjectNode) network.path("fineTuned").path(1)).put("learningRate", 0.1);
    ObjectNode summary = FineTuneComparison.summary(List.of(network), "he", "test");
    assertThat(summary.path("wins").path("wins").asInt()).isZero();
    assertThat(summary.path("wins").path("averageGain").asDouble()).isZero();
    ObjectNode report = new ObjectMapper().createObjectNode().put("protocol", "fine-tune");
    report.set("summary", summary);
    report.putArray("networks").add(network);
    assertThat(EvaluationTables.text(report)).contains("50.00 (diverged)", "40.00 (0.1)");
  }

  @Test
  void theSummaryIsOfTheStartThatIsCompared() {
    List<JsonNode> networks = List.of(network("a", 0.5, 0.4), network("b", 0.7, 0.4));
    ObjectNode summary = FineTuneComparison.summary(networks, "ghn", "test");
    assertThat(summary.path("test").path("mean").asDouble()).isEqualTo(0.4);
    assertThat(summary.path("wins").path("init").asText()).isEqualTo("he");
    assertThat(summary.path("wins").path("averageLoss").asDouble()).isCloseTo(-0.2, within(1e-9));
    ObjectNode alone = FineTuneComparison.summary(networks, "orthogonal", "test");
    assertThat(alone.path("test").path("mean").asDouble()).isCloseTo(0.6, within(1e-9));
    assertThat(alone.has("wins")).isFalse();
  }

  @Test
  void theTenBestOfMore() {
    List<JsonNode> networks = new ArrayList<>();
    for (int i = 1; i <= 20; i++) {
      networks.add(network("n" + i, i / 100.0, 0.1));
    }
    assertThat(Comparison.of(networks, "he").levels().get(0).top10())
        .isCloseTo(0.155, within(1e-9));
  }

  @Test
  void ofNoNumbersThereIsNoMean() {
    ZeroShot.Summary none = ZeroShot.Summary.of(new double[0]);
    assertThat(none.networks()).isZero();
    assertThat(none.mean()).isNaN();
    assertThat(none.max()).isNaN();
  }

  @Test
  void cosineDistance() {
    assertThat(Diversity.distance(new float[] {1, 2}, new float[] {2, 4}))
        .isCloseTo(0, within(1e-9));
    assertThat(Diversity.distance(new float[] {1, 2}, new float[] {-1, -2}))
        .isCloseTo(0, within(1e-9));
    assertThat(Diversity.distance(new float[] {1, 0}, new float[] {0, 3})).isEqualTo(1);
    assertThat(Diversity.distance(new float[] {1, 0}, new float[] {1, 1}))
        .isCloseTo(1 - Math.sqrt(0.5), within(1e-6));
  }

  @Test
  void matchingUndoesAnyOrderOfChannels() {
    Random random = new Random(4);
    float[] one = new float[16 * 9];
    for (int i = 0; i < one.length; i++) {
      one[i] = (float) random.nextGaussian();
    }
    float[] two = new float[one.length];
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      order.add(i);
    }
    java.util.Collections.shuffle(order, random);
    for (int i = 0; i < 16; i++) {
      for (int k = 0; k < 9; k++) {
        two[i * 9 + k] = -3 * one[order.get(i) * 9 + k];
      }
    }
    assertThat(Diversity.distance(one, two)).isGreaterThan(0.5);
    assertThat(Matching.distance(one, two, 16)).isCloseTo(0, within(1e-6));
  }

  @Test
  void varianceOfALayerThatChangesNothing() {
    NetworkBuilder net = new NetworkBuilder("identity", 17);
    LayerBuilder layers = new LayerBuilder(net);
    String x = net.input("input", "N", 3, 12, 12);
    x = layers.conv(x, "conv", 3, 3, Window.same(1, 1), false);
    OnnxModel model =
        net.output(layers.globalAverage(x), "output", "N", 3)
            .build()
            .withParameters(Map.of("conv.weight", new float[] {2, 0, 0, 0, 2, 0, 0, 0, 2}));
    EvaluationImages images = EvaluationImages.of(images("train"), Normalisation.standard(3), 8, 8);
    float[] pixels = images.batch(0);
    double mean = 0;
    for (float pixel : pixels) {
      mean += pixel / (double) pixels.length;
    }
    double variance = 0;
    for (float pixel : pixels) {
      variance += (pixel - mean) * (pixel - mean) / pixels.length;
    }
    Map<String, Double> found = ActivationVariance.of("identity", model, images);
    assertThat(found).containsOnlyKeys("conv.weight");
    assertThat(found.get("conv.weight")).isCloseTo(4 * variance, within(1e-4 * variance));
    assertThat(ActivationVariance.of("nameless", withoutNodeNames(model), images)).isEqualTo(found);
  }

  private static OnnxModel withoutNodeNames(OnnxModel model) {
    ModelProto.Builder proto = model.toProto().toBuilder();
    proto.getGraphBuilder().getNodeBuilderList().forEach(NodeProto.Builder::clearName);
    return OnnxModel.of(proto.build());
  }

  @Test
  void scoresMustBeARowForEachImage() {
    EvaluationImages images = EvaluationImages.of(images("val"), Normalisation.standard(3), 8, 8);
    try (Checkpoint file = Checkpoint.read(SmallNetworks.checkpoint(folder.resolve("c"), 3));
        Ghn ghn = Ghn.of(file)) {
      Architecture five = new Architecture("five", SmallNetworks.network(12, 5), Map.of());
      assertThatThrownBy(() -> ZeroShot.evaluate(ghn, five, images))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining("network five gives (8, 5) for 8 images, not 3 scores");
      Architecture convolution = new Architecture("c", convolutionAtTheEnd(), Map.of());
      assertThat(ZeroShot.evaluate(ghn, convolution, images).top5()).isEqualTo(1);
    }
  }

  /** Gives (N, 3, 1, 1), as SqueezeNet. */
  private static OnnxModel convolutionAtTheEnd() {
    NetworkBuilder net = new NetworkBuilder("net", 17);
    LayerBuilder layers = new LayerBuilder(net);
    String x = net.input("input", "N", 3, 12, 12);
    x = layers.relu(layers.conv(x, "conv", 3, 8, Window.same(3, 1), true));
    x = net.op("GlobalAveragePool", layers.conv(x, "classifier", 8, 3, Window.same(1, 1), true));
    return net.output(x, "output", "N", 3, 1, 1).build();
  }

  private Images images(String split) {
    Path data = folder.resolve("data");
    if (!java.nio.file.Files.exists(data)) {
      SmallTask.images(data, 24);
    }
    return DataFolder.of(data)
        .open(split, ImageSpec.square(3, 12), ImageCache.in(folder), done -> {});
  }

  @Test
  void imagesAreDividedInDisjointAndBalancedParts() {
    TrialImages parts = TrialImages.of(images("train"), 12, 30, images("val"), 9, 5);
    assertThat(parts.validation().size()).isEqualTo(12);
    assertThat(parts.training().size()).isEqualTo(30);
    assertThat(parts.test().size()).isEqualTo(9);
    int[] labels = new int[3];
    for (int i = 0; i < 30; i++) {
      labels[parts.training().label(i)]++;
    }
    assertThat(labels).containsExactly(10, 10, 10);
    List<String> held = pixels(parts.validation());
    assertThat(pixels(parts.training())).doesNotContainAnyElementsOf(held);
    TrialImages same = TrialImages.of(images("train"), 12, 30, images("val"), 9, 5);
    assertThat(pixels(same.training())).isEqualTo(pixels(parts.training()));
    assertThat(TrialImages.sha256(same.test())).isEqualTo(TrialImages.sha256(parts.test()));
    assertThat(TrialImages.sha256(parts.training()))
        .isNotEqualTo(TrialImages.sha256(parts.validation()));
  }

  private static List<String> pixels(Images images) {
    List<String> all = new ArrayList<>();
    byte[] bytes = new byte[images.imageBytes()];
    for (int i = 0; i < images.size(); i++) {
      images.read(i, bytes);
      all.add(Arrays.toString(bytes));
    }
    return all;
  }

  private Trial trial(OnnxModel model) {
    return new Trial(
        model, 0, images("train"), Normalisation.standard(3), AugmentationChoice.AUTO, 1);
  }

  @Test
  void aTrialIsRepeatableAndItsScheduleEndsWithIt() {
    OnnxModel model =
        Initialisation.HE.apply(
            SmallNetworks.network(12, 3), new Initialisation.Settings(null, null, 0, 0, 1));
    Recipe recipe = Recipe.usual(Recipe.Method.SGD).withLearningRate(0.1);
    Recipe small =
        new Recipe(
            0,
            12,
            recipe.method(),
            0.1,
            0.9,
            5e-4,
            false,
            recipe.course(),
            0.05,
            0,
            0,
            Double.POSITIVE_INFINITY);
    float[][] weights = new float[2][];
    for (int i = 0; i < 2; i++) {
      try (Trial trial = trial(model)) {
        assertThat(trial.train(small, 3, 9, () -> false)).isTrue();
        weights[i] = trial.model().tensor("conv1.weight").orElseThrow().floats();
        assertThat(trial.top1(images("val"), 16)).isBetween(0.0, 1.0);
      }
    }
    assertThat(weights[0]).isEqualTo(weights[1]);
    try (Trial trial = trial(model)) {
      assertThat(trial.train(small, 6, 9, () -> false)).isTrue();
      assertThat(trial.model().tensor("conv1.weight").orElseThrow().floats())
          .isNotEqualTo(weights[0]);
    }
    try (Trial trial = trial(model)) {
      assertThat(trial.train(small.withLearningRate(1e6), 30, 9, () -> false)).isFalse();
    }
  }

  @Test
  void stepsOfFractionsOfAnEpoch() {
    assertThat(Trial.steps(50_000, 64, 0.1)).isEqualTo(78);
    assertThat(Trial.steps(50_000, 64, 1)).isEqualTo(781);
    assertThat(Trial.steps(10, 64, 0.1)).isEqualTo(1);
  }
}
