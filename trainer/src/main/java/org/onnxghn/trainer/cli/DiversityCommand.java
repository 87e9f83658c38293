package org.onnxghn.trainer.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.trainer.deepnets.ModelFiles;
import org.onnxghn.trainer.eval.Diversity;
import org.onnxghn.trainer.eval.EvaluationReport;
import org.onnxghn.trainer.eval.Initialisation;
import org.onnxghn.trainer.eval.ZeroShot;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How much predicted tensors differ. */
@Command(
    name = "diversity",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Compares weights of one shape in different networks (paper, Table 9): their",
      "absolute cosine distance is 0 where a hypernetwork answers the same to all, and 1",
      "where they have nothing in common. As they are, and with output channels matched by",
      "the Hungarian method, which trained networks need."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn evaluate diversity --split test --count 100",
      "  onnx-ghn evaluate diversity --networks 'nets/*.onnx' --trained tuned/he"
    })
final class DiversityCommand extends EvaluationCommand {
  @Option(
      names = "--trained",
      paramLabel = "GLOB",
      description = "Trained networks to compare, too: ONNX files with weights.")
  private String trained;

  @Option(
      names = "--initialisations",
      split = ",",
      paramLabel = "I",
      hideParamSyntax = true,
      description = "Weights to compare (default: ghn,he).")
  private List<Initialisation> initialisations = List.of(Initialisation.GHN, Initialisation.HE);

  @Option(
      names = "--pairs",
      paramLabel = "N",
      description = "At most so many pairs of a shape (default: ${DEFAULT-VALUE}).")
  private int pairs = 50;

  @Override
  void check() {
    require(pairs >= 1, "--pairs is a positive number");
  }

  @Override
  EvaluationReport report(Hypernetwork hypernetwork) {
    long seed = networks().seed();
    Diversity tuned = trained == null ? null : ofFiles(ModelFiles.find(trained));
    Map<String, String> settings =
        new TreeMap<>(
            Map.of(
                "protocol", "diversity",
                "checkpoint", hypernetwork.summary().sha256(),
                "pairs", Integer.toString(pairs),
                "seed", Long.toString(seed)));
    // Makes the run folder. Nothing is resumed: the whole takes as long as one training.
    output().log(settings).close();
    Initialisation.Settings values =
        new Initialisation.Settings(hypernetwork.ghn(), hypernetwork.summary(), seed);
    Map<String, Diversity> sources = new LinkedHashMap<>();
    List<JsonNode> found =
        each(
            architectures(hypernetwork),
            100,
            (number, architecture, result) -> {
              long start = System.nanoTime();
              for (Initialisation init : initialisations) {
                // Random weights differ between networks, as those of different seeds do.
                Initialisation.Initialised own =
                    init.initialise(architecture.model(), values.withSeed(seed + number));
                sources
                    .computeIfAbsent(init.toString(), name -> new Diversity())
                    .add(
                        number,
                        own.model(),
                        name -> !init.isPredicted() || own.predicted().contains(name));
              }
              result.put("seconds", (System.nanoTime() - start) / 1e9);
            });
    if (tuned != null) {
      sources.put("trained", tuned);
    }
    ObjectNode summary = JsonOutput.tree(Map.of());
    ObjectNode totals = summary.putObject("sources");
    ObjectNode shapes = summary.putObject("shapes");
    sources.forEach(
        (name, diversity) -> {
          List<Diversity.OfShape> all = diversity.byShape(pairs, seed);
          totals.set(name, JsonOutput.tree(Diversity.total(all)));
          if (!summary.has(networks().label())) {
            ZeroShot.Summary first = Diversity.summary(found.size(), all);
            summary.set(networks().label(), JsonOutput.tree(first));
          }
          all.forEach(shape -> shapes.withArray("/" + name).add(JsonOutput.tree(shape)));
        });
    return new EvaluationReport(
        hypernetwork.summary(), null, seed, "diversity", settings, found, summary);
  }

  /** Several of one architecture are fine: their weights can be compared. */
  private static Diversity ofFiles(List<Path> files) {
    Diversity diversity = new Diversity();
    for (int i = 0; i < files.size(); i++) {
      diversity.add(i, OnnxModel.read(files.get(i)), name -> true);
    }
    return diversity;
  }
}
