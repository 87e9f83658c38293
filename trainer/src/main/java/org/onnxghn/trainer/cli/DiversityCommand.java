package org.onnxghn.trainer.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.onnxghn.converter.cli.CheckpointOption;
import org.onnxghn.converter.cli.CliCommand;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.deepnets.Architectures;
import org.onnxghn.trainer.deepnets.ModelFiles;
import org.onnxghn.trainer.eval.Diversity;
import org.onnxghn.trainer.eval.EvaluationReport;
import org.onnxghn.trainer.eval.Initialisation;
import org.onnxghn.trainer.run.ProgressLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

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
final class DiversityCommand implements CliCommand {
  @Spec private CommandSpec spec;
  @Mixin private CheckpointOption checkpoint;
  @Mixin private NetworkOptions networks;

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

  @Mixin private EvaluationOutput output;

  @Override
  public boolean isJson() {
    return output.isJson();
  }

  @Override
  public Integer call() {
    if (pairs < 1) {
      throw new ParameterException(spec.commandLine(), "--pairs is a positive number");
    }
    try (Hypernetwork hypernetwork = Hypernetwork.open(checkpoint, spec.commandLine())) {
      Map<String, String> settings =
          new TreeMap<>(
              Map.of(
                  "protocol", "diversity",
                  "checkpoint", hypernetwork.summary().sha256(),
                  "pairs", Integer.toString(pairs),
                  "seed", Long.toString(networks.seed())));
      // Makes the run folder. Nothing is resumed: the whole takes as long as one training.
      output.log(settings).close();
      List<JsonNode> found = new ArrayList<>();
      Map<String, Diversity> sources = collect(hypernetwork, found);
      ObjectNode summary = JsonOutput.tree(Map.of());
      ObjectNode totals = summary.putObject("sources");
      ObjectNode shapes = summary.putObject("shapes");
      sources.forEach(
          (name, diversity) -> {
            List<Diversity.OfShape> all = diversity.byShape(pairs, networks.seed());
            totals.set(name, JsonOutput.tree(Diversity.total(all)));
            all.forEach(shape -> shapes.withArray("/" + name).add(JsonOutput.tree(shape)));
          });
      output.print(
          new EvaluationReport(
              hypernetwork.summary(),
              null,
              networks.seed(),
              "diversity",
              settings,
              found,
              summary));
    }
    return 0;
  }

  private Map<String, Diversity> collect(Hypernetwork hypernetwork, List<JsonNode> found) {
    Initialisation.Settings values =
        new Initialisation.Settings(
            hypernetwork.ghn(), hypernetwork.summary(), 0, 0, networks.seed());
    Architectures architectures = networks.architectures(hypernetwork.summary().numClasses());
    Map<String, Diversity> sources = new LinkedHashMap<>();
    int number = networks.number(architectures, 100);
    try (ProgressLine line = output.progress("networks", number)) {
      for (int i = 0; i < number; i++) {
        Architecture architecture = architectures.get(i);
        for (Initialisation init : initialisations) {
          // Random weights differ between networks, as those of different seeds do.
          Initialisation.Settings own = init.isPredicted() ? values : values.withSeed(i);
          sources
              .computeIfAbsent(init.toString(), name -> new Diversity())
              .add(i, init.apply(architecture.model(), own));
        }
        ObjectNode network = JsonOutput.tree(Map.of());
        found.add(network.put("name", architecture.name()).put("split", networks.label()));
        line.show(i + 1L, architecture.name());
      }
    }
    if (trained != null) {
      Diversity diversity = new Diversity();
      Architectures files = ModelFiles.of(trained);
      for (int i = 0; i < files.size(); i++) {
        diversity.add(i, files.get(i).model());
      }
      sources.put("trained", diversity);
    }
    return sources;
  }
}
