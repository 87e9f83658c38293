package org.onnxghn.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.onnx.WriteOptions;

/** The protocols of {@code onnx-ghn evaluate} without training; and their help. */
class EvaluateCommandTest extends EvaluationFixture {
  @Test
  void zeroShotIsResumedAndPrintsMarkdown() throws IOException {
    Path out = folder.resolve("run");
    Run first = evaluate("zero-shot", "--run", out, "--batch", 8, "--format", "markdown");
    assertThat(first.code()).as(first.err()).isZero();
    assertThat(first.out()).contains("| network | parameters | top-1 % | top-5 % |", "| a |");
    assertThat(out.resolve("report.md")).content().isEqualTo(first.out());
    Run again =
        evaluate("zero-shot", "--run", out, "--batch", 8, "--format", "markdown", "--resume");
    assertThat(again.out()).isEqualTo(first.out());
    assertThat(Files.readAllLines(out.resolve("results.jsonl"))).hasSize(3);
    Run text = evaluate("zero-shot", "--batch", 8, "--count", 1);
    assertThat(text.out()).contains("Zero-shot top-1 accuracy").doesNotContain("|");
    assertThat(evaluate("zero-shot", "--resume").code()).isEqualTo(2);
  }

  @Test
  void diversityOfPredictedRandomAndTrained() throws IOException {
    Path figure = folder.resolve("d.svg");
    JsonNode report =
        evaluate("diversity", "--trained", networks + "/*.onnx", "--figure", figure, "--json")
            .json();
    JsonNode sources = report.path("summary").path("sources");
    // conv1 is the only weight of one shape in both networks; the untrained files have no values.
    assertThat(sources.path("ghn").path("pairs").asInt()).isEqualTo(1);
    assertThat(sources.path("trained").path("pairs").asInt()).isZero();
    double predicted = sources.path("ghn").path("distance").asDouble();
    double random = sources.path("he").path("distance").asDouble();
    assertThat(predicted).isLessThan(random);
    assertThat(random).isBetween(0.6, 1.0);
    assertThat(sources.path("he").path("matched").asDouble()).isLessThan(random);
    requireFigure(figure);
  }

  @Test
  void varianceOfEveryLayer() throws IOException {
    Path figure = folder.resolve("v.svg");
    JsonNode report = evaluate("variance", "--batch", 8, "--figure", figure, "--json").json();
    JsonNode variances = report.path("networks").path(0).path("variances");
    for (String source : List.of("ghn", "he")) {
      assertThat(variances.path(source).properties())
          .extracting(java.util.Map.Entry::getKey)
          .containsExactly("conv1.weight", "conv2.weight", "fc.weight");
    }
    requireFigure(figure);
  }

  @Test
  void timeOfPredictions() {
    JsonNode report = evaluate("time", "--repetitions", 2, "--json").json();
    JsonNode network = report.path("networks").path(0);
    assertThat(network.path("parameters").asLong()).isEqualTo(216 + 16 + 864 + 24 + 36 + 3);
    assertThat(network.path("nodes").asInt()).isGreaterThan(5);
    assertThat(network.path("predictSeconds").asDouble()).isPositive();
    Run text = evaluate("time", "--repetitions", 1);
    assertThat(text.out()).contains("Seconds to predict");
  }

  @Test
  void networksOfOtherClassesAreRefusedBeforeAnyIsEvaluated() throws IOException {
    SmallNetworks.network(12, 5).write(networks.resolve("five.onnx"), WriteOptions.DEFAULT);
    Path out = folder.resolve("run");
    Run zeroShot = evaluate("zero-shot", "--run", out);
    assertThat(zeroShot.code()).isEqualTo(2);
    assertThat(zeroShot.err())
        .contains("OG-531", "1 of 3", "network five gives (2, 5) for 2 images, not 3 scores");
    Run fineTune = evaluate("fine-tune", "--run", out);
    assertThat(fineTune.code()).isEqualTo(2);
    assertThat(fineTune.err())
        .contains("OG-531", "five.onnx: the model gives 5 scores", "3 classes");
    assertThat(out).doesNotExist();
  }

  @Test
  void networksOfAFixedBatchRunOnOthersOrAreRefused() throws IOException {
    networks = Files.createDirectories(folder.resolve("fixed"));
    SmallNetworks.ofOneImage(-1, 8).write(networks.resolve("any.onnx"), WriteOptions.DEFAULT);
    JsonNode report = evaluate("zero-shot", "--batch", 8, "--json").json();
    assertThat(report.path("networks").path(0).path("parameters").asInt()).isEqualTo(251);
    assertThat(evaluate("variance", "--batch", 8).code()).isZero();
    Object[] quick = {"--initialisations", "he", "--learning-rates", 0.1, "--epochs", 0.1};
    assertThat(evaluate("fine-tune", quick).code()).isZero();

    networks = Files.createDirectories(folder.resolve("one"));
    SmallNetworks.ofOneImage(1, 8).write(networks.resolve("one.onnx"), WriteOptions.DEFAULT);
    for (Run run :
        List.of(
            evaluate("zero-shot"),
            evaluate("variance", "--batch", 8),
            evaluate("fine-tune", quick))) {
      assertThat(run.code()).as(run.err()).isEqualTo(2);
      assertThat(run.err())
          .contains("network one does not run", "input pixels is made for batches of 1")
          .contains("dynamic_axes", "shape '[1, 8]' is invalid");
    }
    assertThat(evaluate("zero-shot", "--batch", 1, "--images", 4).code()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "zero-shot", "fine-tune", "transfer", "diversity", "variance", "time"})
  void everyProtocolHasHelpWithExamples(String protocol) {
    Run run = run((Object[]) ("evaluate " + protocol + " --help").split(" +"));
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("Examples:", "onnx-ghn evaluate " + protocol);
  }
}
