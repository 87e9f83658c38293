package org.onnxghn.converter.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Groups what is done with hypernetwork checkpoints. */
@Command(
    name = "checkpoint",
    mixinStandardHelpOptions = true,
    description = "Imports, describes and makes checkpoints of hypernetworks.",
    subcommands = {
      CheckpointImportCommand.class,
      CheckpointInfoCommand.class,
      CheckpointInitCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn checkpoint import ghn3xlm16.pt -o ghn3-xl.safetensors",
      "  onnx-ghn checkpoint info ghn3-xl.safetensors"
    })
final class CheckpointCommand implements CliCommand {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "Missing subcommand: import, info or init");
  }
}
