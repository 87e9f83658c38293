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
    subcommands = {
      ZeroShotCommand.class,
      CompareCommand.class,
      TransferCommand.class,
      DiversityCommand.class,
      VarianceCommand.class,
      TimeCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn evaluate zero-shot --data cifar10 --split test",
      "  onnx-ghn evaluate fine-tune --data cifar10 --split test --count 12 --run ft",
      "  onnx-ghn evaluate transfer --data fashion-mnist --split test --count 12 --run tr",
      "  onnx-ghn evaluate diversity --split test",
      "  onnx-ghn evaluate variance --data cifar10 --split test --count 20 --figure v.svg",
      "  onnx-ghn evaluate time --networks 'nets/*.onnx'"
    })
public final class EvaluateCommand implements CliCommand {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "Missing protocol, such as zero-shot");
  }
}
