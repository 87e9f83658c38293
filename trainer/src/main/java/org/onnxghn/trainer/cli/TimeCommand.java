package org.onnxghn.trainer.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.onnxghn.converter.cli.CheckpointOption;
import org.onnxghn.converter.cli.CliCommand;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.deepnets.Architectures;
import org.onnxghn.trainer.eval.EvaluationReport;
import org.onnxghn.trainer.eval.PredictionTime;
import org.onnxghn.trainer.eval.ResultsLog;
import org.onnxghn.trainer.run.ProgressLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How long predictions take. */
@Command(
    name = "time",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Measures how long the prediction of all parameters of a network takes (paper,",
      "Table 6): the median of some repetitions on this machine, which should be idle."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn evaluate time --split test --count 20 --preset full",
      "  onnx-ghn evaluate time --networks 'nets/*.onnx' --checkpoint ghn3-xl.safetensors"
    })
final class TimeCommand implements CliCommand {
  @Spec private CommandSpec spec;
  @Mixin private CheckpointOption checkpoint;
  @Mixin private NetworkOptions networks;

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      description = "Predictions of each network (default: ${DEFAULT-VALUE}).")
  private int repetitions = 5;

  @Mixin private EvaluationOutput output;

  @Override
  public boolean isJson() {
    return output.isJson();
  }

  @Override
  public Integer call() {
    if (repetitions < 1) {
      throw new ParameterException(spec.commandLine(), "--repetitions is a positive number");
    }
    try (Hypernetwork hypernetwork = Hypernetwork.open(checkpoint, spec.commandLine())) {
      Map<String, String> settings =
          new TreeMap<>(
              Map.of(
                  "protocol",
                  "time",
                  "checkpoint",
                  hypernetwork.summary().sha256(),
                  "processors",
                  "" + Runtime.getRuntime().availableProcessors(),
                  "repetitions",
                  Integer.toString(repetitions)));
      List<JsonNode> results;
      try (ResultsLog log = output.log(settings)) {
        results = measure(hypernetwork, log);
      }
      ObjectNode summary = JsonOutput.tree(Map.of());
      double total = 0;
      for (JsonNode result : results) {
        total += result.path("predictSeconds").asDouble();
      }
      summary.put("predictSeconds", total / Math.max(1, results.size()));
      output.print(
          new EvaluationReport(
              hypernetwork.summary(), null, networks.seed(), "time", settings, results, summary));
    }
    return 0;
  }

  private List<JsonNode> measure(Hypernetwork hypernetwork, ResultsLog log) {
    Architectures architectures = networks.architectures(hypernetwork.summary().numClasses());
    int number = networks.number(architectures, 100);
    List<JsonNode> results = new ArrayList<>();
    try (ProgressLine line = output.progress("networks", number)) {
      for (int i = 0; i < number; i++) {
        Architecture architecture = architectures.get(i);
        results.add(log.once(architecture.name(), () -> measure(hypernetwork, architecture)));
        line.show(i + 1L, architecture.name());
      }
    }
    return results;
  }

  private ObjectNode measure(Hypernetwork hypernetwork, Architecture architecture) {
    ObjectNode result = JsonOutput.tree(Map.of());
    result.put("name", architecture.name()).put("split", networks.label());
    result.setAll(
        JsonOutput.tree(PredictionTime.of(hypernetwork.ghn(), architecture.model(), repetitions)));
    return result;
  }
}
