package org.onnxghn.trainer.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.deepnets.Architectures;
import org.onnxghn.trainer.eval.ActivationVariance;
import org.onnxghn.trainer.eval.EvaluationImages;
import org.onnxghn.trainer.eval.EvaluationReport;
import org.onnxghn.trainer.eval.Initialisation;
import org.onnxghn.trainer.eval.ResultsLog;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How large activations are. */
@Command(
    name = "variance",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Draws the variance of each layer's activations.",
      "A batch of images runs through networks with predicted, usual and trained weights",
      "(paper, Figures 6 and 9)."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn evaluate variance --data cifar10 --split test --count 20 --figure v.svg",
      "  onnx-ghn evaluate variance --data cifar10 --networks nets/resnet56.onnx \\",
      "      --trained tuned/he --figure resnet56.svg"
    })
final class VarianceCommand extends EvaluationCommand {
  /** How many of a split. */
  private static final int NETWORKS = 20;

  @Mixin private ImageOption imageOption;

  @Option(
      names = "--trained",
      paramLabel = "DIR",
      description = "A folder with trained models NAME.onnx of the networks, of some or all.")
  private Path trained;

  @Option(
      names = "--initialisations",
      split = ",",
      paramLabel = "I",
      hideParamSyntax = true,
      description = "Weights to look at (default: ghn,he).")
  private List<Initialisation> initialisations = List.of(Initialisation.GHN, Initialisation.HE);

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Images that are run (default: ${DEFAULT-VALUE}).")
  private int batch = 64;

  @Override
  void check() {
    require(Math.min(batch, imageOption.images()) >= 2, "--batch and --images are 2 or more");
    require(
        trained == null || Files.isDirectory(trained), "--trained " + trained + " is no folder");
  }

  @Override
  EvaluationReport report(Hypernetwork hypernetwork) {
    Architectures architectures = architectures(hypernetwork);
    requireTrained(architectures);
    String split = imageOption.split();
    Images all = imageOption.open(split, networks().imageSize());
    EvaluationImages seen =
        EvaluationImages.of(
            all,
            Normalisation.standard(all.channels()),
            batch,
            Math.min(batch, imageOption.images()));
    Map<String, String> settings =
        new TreeMap<>(
            Map.of(
                "protocol", "variance",
                "checkpoint", hypernetwork.summary().sha256(),
                "images", seen.sha256(),
                "seed", Long.toString(networks().seed())));
    List<JsonNode> results;
    try (ResultsLog log = output().log(settings)) {
      results =
          each(
              architectures,
              NETWORKS,
              (number, architecture, result) ->
                  evaluate(hypernetwork, architecture, seen, log, result));
    }
    return new EvaluationReport(
        hypernetwork.summary(),
        new EvaluationReport.Data(imageOption.data().toString(), split, seen.size(), seen.sha256()),
        networks().seed(),
        "variance",
        settings,
        results,
        ActivationVariance.summary(results, networks().label()));
  }

  /** Models of other networks would be left out of account. */
  private void requireTrained(Architectures architectures) {
    int number = networks().number(architectures, NETWORKS);
    require(
        trained == null
            || IntStream.range(0, number)
                .mapToObj(i -> trainedFile(architectures.get(i)))
                .anyMatch(Files::isRegularFile),
        "--trained " + trained + " has no model NAME.onnx of any of the networks");
  }

  private Path trainedFile(Architecture architecture) {
    return trained.resolve(architecture.name() + ".onnx");
  }

  private void evaluate(
      Hypernetwork hypernetwork,
      Architecture architecture,
      EvaluationImages images,
      ResultsLog log,
      ObjectNode result) {
    Initialisation.Settings values =
        new Initialisation.Settings(hypernetwork.ghn(), hypernetwork.summary(), networks().seed());
    Map<String, JsonNode> sources = new LinkedHashMap<>();
    for (Initialisation init : initialisations) {
      sources.put(
          init.toString(),
          log.once(
              ResultsLog.key(architecture) + " " + init,
              () -> measure(architecture, init.apply(architecture.model(), values), images)));
    }
    Path file = trained == null ? null : trainedFile(architecture);
    if (file != null && Files.isRegularFile(file)) {
      OnnxModel tuned = OnnxModel.read(file);
      sources.put(
          "trained",
          log.once(
              ResultsLog.key(architecture.name() + " trained", tuned),
              () -> measure(architecture, tuned, images)));
    }
    ObjectNode variances = result.putObject("variances");
    double seconds = 0;
    for (Map.Entry<String, JsonNode> source : sources.entrySet()) {
      variances.set(source.getKey(), source.getValue().path("layers"));
      seconds += source.getValue().path("seconds").asDouble();
    }
    result.put("seconds", seconds);
  }

  private static ObjectNode measure(
      Architecture architecture, OnnxModel model, EvaluationImages images) {
    long start = System.nanoTime();
    ObjectNode result = JsonOutput.tree(Map.of());
    result.set(
        "layers", JsonOutput.tree(ActivationVariance.of(architecture.name(), model, images)));
    return result.put("seconds", (System.nanoTime() - start) / 1e9);
  }
}
