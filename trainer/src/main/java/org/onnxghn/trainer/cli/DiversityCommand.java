package org.onnxghn.trainer.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.Sha256;
import org.onnxghn.trainer.deepnets.Architectures;
import org.onnxghn.trainer.deepnets.ModelFiles;
import org.onnxghn.trainer.eval.Diversity;
import org.onnxghn.trainer.eval.EvaluationReport;
import org.onnxghn.trainer.eval.Initialisation;
import org.onnxghn.trainer.eval.ResultsLog;
import org.onnxghn.trainer.eval.ZeroShot;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How much predicted tensors differ. */
@Command(
    name = "diversity",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Compares weights of one shape in different networks.",
      "Their absolute cosine distance (paper, Table 9) is 0 where all are the same, and 1",
      "where they have nothing in common. As they are, and with output channels matched by",
      "the Hungarian method, which trained networks need."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn evaluate diversity --split test --count 100",
      "  onnx-ghn evaluate diversity --networks 'nets/*.onnx' --trained tuned/he"
    })
final class DiversityCommand extends EvaluationCommand {
  /** How many of a split, where it is not said. */
  private static final int NETWORKS = 100;

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
    require(
        !initialisations.isEmpty() && Set.copyOf(initialisations).size() == initialisations.size(),
        "--initialisations wants one or more, each of them once");
    if (trained != null) {
      output().check(() -> ModelFiles.find(trained));
    }
  }

  @Override
  EvaluationReport report(Hypernetwork hypernetwork) {
    long seed = networks().seed();
    Architectures architectures = architectures(hypernetwork);
    List<Path> files = trained == null ? List.of() : ModelFiles.find(trained);
    Map<String, String> settings =
        new TreeMap<>(
            Map.of(
                "protocol", "diversity",
                "checkpoint", hypernetwork.summary().sha256(),
                "initialisations", initialisations.toString(),
                "pairs", Integer.toString(pairs),
                "seed", Long.toString(seed)));
    if (trained != null) {
      settings.put("trained", "%d files, SHA-256 %s".formatted(files.size(), sha256(files)));
    }
    ObjectNode result;
    try (ResultsLog log = output().log(settings)) {
      // Whole or not at all: half of the pairs are no result, and all take but a minute or two.
      result =
          (ObjectNode)
              log.once(
                  key(architectures, files), () -> compare(hypernetwork, architectures, files));
    }
    List<JsonNode> found = new ArrayList<>();
    result.path("networks").forEach(found::add);
    return new EvaluationReport(
        hypernetwork.summary(),
        null,
        seed,
        "diversity",
        settings,
        found,
        (ObjectNode) result.get("summary"));
  }

  /** Says which networks. */
  private String key(Architectures architectures, List<Path> files) {
    MessageDigest digest = Sha256.digest();
    int number = networks().number(architectures, NETWORKS);
    for (int i = 0; i < number; i++) {
      digest.update((ResultsLog.key(architectures.get(i)) + "\n").getBytes(StandardCharsets.UTF_8));
    }
    digest.update(sha256(files).getBytes(StandardCharsets.UTF_8));
    return networks().label() + " " + HexFormat.of().formatHex(digest.digest());
  }

  /** Of all files' hashes. */
  private static String sha256(List<Path> files) {
    MessageDigest digest = Sha256.digest();
    for (Path file : files) {
      digest.update((OnnxModel.read(file).sha256() + "\n").getBytes(StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private ObjectNode compare(
      Hypernetwork hypernetwork, Architectures architectures, List<Path> files) {
    long seed = networks().seed();
    Initialisation.Settings values =
        new Initialisation.Settings(hypernetwork.ghn(), hypernetwork.summary(), seed);
    Map<String, Diversity> sources = new LinkedHashMap<>();
    List<JsonNode> found =
        each(
            architectures,
            NETWORKS,
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
    if (!files.isEmpty()) {
      sources.put("trained", ofFiles(files));
    }
    ObjectNode result = JsonOutput.tree(Map.of());
    ObjectNode summary = result.putObject("summary");
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
    result.putArray("networks").addAll(found);
    return result;
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
