package org.onnxghn.trainer.cli;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.onnxghn.converter.cli.CheckpointOption;
import org.onnxghn.converter.cli.CliCommand;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.deepnets.Architectures;
import org.onnxghn.trainer.eval.EvaluationReport;
import org.onnxghn.trainer.run.ProgressLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What the subcommands of {@code evaluate} that train nothing have in common. */
abstract class EvaluationCommand implements CliCommand {
  @Spec private CommandSpec spec;
  @Mixin private CheckpointOption checkpoint;
  @Mixin private NetworkOptions networks;
  @Mixin private EvaluationOutput output;

  @Override
  public final boolean isJson() {
    return output.isJson();
  }

  @Override
  public final String jsonName(String words) {
    return EvaluationOutput.COMMAND;
  }

  @Override
  public final Integer call() {
    output.check(() -> networks.inputs(checkpoint));
    check();
    try (Hypernetwork hypernetwork = Hypernetwork.open(checkpoint, device(), spec.commandLine())) {
      output.print(report(hypernetwork));
    }
    return 0;
  }

  /**
   * Checks this subcommand's options before anything is opened.
   *
   * @throws ParameterException for one that does not make sense
   */
  abstract void check();

  /** Where the hypernetwork computes. */
  Device device() {
    return Device.cpu();
  }

  abstract EvaluationReport report(Hypernetwork hypernetwork);

  final NetworkOptions networks() {
    return networks;
  }

  final EvaluationOutput output() {
    return output;
  }

  /** Refuses the options unless the condition holds. */
  final void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), otherwise);
    }
  }

  /** The networks that are asked for. */
  final Architectures architectures(Hypernetwork hypernetwork) {
    return networks.architectures(hypernetwork.summary().numClasses());
  }

  /** Looks at one network after the other. */
  interface Look {
    /**
     * Looks at one.
     *
     * @param result has the network's name, split and number of parameters already; gets the rest
     *     of {@code networks[]} of shared/JSON.md
     */
    void at(int number, Architecture architecture, ObjectNode result);
  }

  /**
   * The results of one network after the other.
   *
   * @param usual number of networks of a split, where none is given
   */
  final List<JsonNode> each(Architectures architectures, int usual, Look look) {
    int number = networks.number(architectures, usual);
    List<JsonNode> results = new ArrayList<>();
    try (ProgressLine line = output.progress("networks", number)) {
      for (int i = 0; i < number; i++) {
        Architecture architecture = architectures.get(i);
        ObjectNode result = JsonOutput.tree(Map.of());
        result.put("name", architecture.name()).put("split", networks.label());
        result.put(
            "parameters", GraphImporter.importGraph(architecture.model()).trainableElements());
        look.at(i, architecture, result);
        results.add(result);
        line.show(i + 1L, architecture.name());
      }
    }
    return results;
  }
}
