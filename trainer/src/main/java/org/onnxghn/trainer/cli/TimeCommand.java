package org.onnxghn.trainer.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.eval.EvaluationReport;
import org.onnxghn.trainer.eval.PredictionTime;
import org.onnxghn.trainer.eval.ResultsLog;
import org.onnxghn.trainer.eval.ZeroShot;
import org.onnxghn.trainer.exec.ComputeThreads;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How long predictions take. */
@Command(
    name = "time",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Measures how long the prediction of all parameters of a network takes.",
      "The median of some repetitions on this machine, which should be idle (paper, Table 6)."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn evaluate time --split test --count 20 --preset full",
      "  onnx-ghn evaluate time --networks 'nets/*.onnx' --checkpoint ghn3-xl.safetensors"
    })
final class TimeCommand extends EvaluationCommand {
  private static final int MOST_REPETITIONS = 10_000;

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      description = "Predictions of each network (default: ${DEFAULT-VALUE}).")
  private int repetitions = 5;

  @Override
  void check() {
    require(
        repetitions >= 1 && repetitions <= MOST_REPETITIONS,
        "--repetitions is a positive number, at most " + MOST_REPETITIONS);
  }

  @Override
  EvaluationReport report(Hypernetwork hypernetwork) {
    Map<String, String> settings =
        new TreeMap<>(
            Map.of(
                "protocol",
                "time",
                "checkpoint",
                hypernetwork.summary().sha256(),
                "processors",
                "" + ComputeThreads.cores(),
                "repetitions",
                Integer.toString(repetitions)));
    List<JsonNode> results;
    try (ResultsLog log = output().log(settings)) {
      results =
          each(
              architectures(hypernetwork),
              100,
              (number, architecture, result) ->
                  result.setAll(
                      (ObjectNode)
                          log.once(
                              ResultsLog.key(architecture),
                              () -> measure(hypernetwork, architecture))));
    }
    ZeroShot.Summary seconds =
        ZeroShot.Summary.ofNetworks(results, network -> network.path("predictSeconds").asDouble());
    ObjectNode summary = JsonOutput.tree(Map.of(networks().label(), seconds));
    summary.put("predictSeconds", seconds.mean());
    return new EvaluationReport(
        hypernetwork.summary(), null, networks().seed(), "time", settings, results, summary);
  }

  private ObjectNode measure(Hypernetwork hypernetwork, Architecture architecture) {
    return JsonOutput.tree(
        PredictionTime.of(hypernetwork.ghn(), architecture.model(), repetitions));
  }
}
