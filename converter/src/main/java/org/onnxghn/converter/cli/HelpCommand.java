package org.onnxghn.converter.cli;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Picocli's own knows the first level of commands only. */
@Command(
    name = "help",
    helpCommand = true,
    description = "Shows the help of a command.",
    footerHeading = "%nExamples:%n",
    footer = {"  onnx-ghn help convert", "  onnx-ghn help checkpoint import"})
final class HelpCommand implements CliCommand {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "COMMAND",
      description = "The command, and its subcommand.")
  private List<String> words = List.of();

  @Override
  public Integer call() {
    CommandLine shown = spec.root().commandLine();
    for (String word : words) {
      CommandLine next = shown.getSubcommands().get(word);
      if (next == null) {
        throw new ParameterException(
            spec.commandLine(),
            "%s has no command '%s'".formatted(shown.getCommandSpec().qualifiedName(), word));
      }
      shown = next;
    }
    shown.usage(spec.commandLine().getOut());
    return 0;
  }
}
