package org.onnxghn.trainer.cli;

import org.onnxghn.converter.cli.CliCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The protocols of the paper's tables, each a subcommand. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = "Shows what a hypernetwork is worth, by one of the paper's protocols.",
    subcommands = ZeroShotCommand.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn evaluate zero-shot --checkpoint best.safetensors --data cifar10 --split test"
    })
public final class EvaluateCommand implements CliCommand {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "Missing protocol, such as zero-shot");
  }
}
