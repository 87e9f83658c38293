package org.onnxghn.converter.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints a completion script. */
@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    description = "Prints a completion script for bash and zsh.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  source <(onnx-ghn completion)",
      "  onnx-ghn completion > /etc/bash_completion.d/onnx-ghn"
    })
final class CompletionCommand implements CliCommand {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().getOut().print(AutoComplete.bash("onnx-ghn", spec.root().commandLine()));
    return 0;
  }
}
