package org.onnxghn.trainer.cli;

import java.util.List;
import org.onnxghn.converter.cli.CheckpointOption;
import org.onnxghn.converter.cli.CliCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Accuracy on another data set with few labels, by start. */
@Command(
    name = "transfer",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Trains networks with a new classifier on 1000 images of another data set.",
      "From predicted parameters and from usual initialisations (paper, Table 7).",
      "",
      "As `onnx-ghn evaluate fine-tune`; the new classifier is the same for all starts.",
      "The images that learning rates are chosen by are not among the 1000."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn evaluate transfer --data fashion-mnist --split test --count 12 --run tr",
      "  onnx-ghn evaluate transfer --data pets --networks 'nets/*.onnx' --train-images 500"
    })
final class TransferCommand implements CliCommand {
  private static final int LABELS = 1000;

  @Spec private CommandSpec spec;
  @Mixin private CheckpointOption checkpoint;
  @Mixin private ImageOption images;
  @Mixin private NetworkOptions networks;
  @Mixin private ComparisonOptions options;
  @Mixin private EvaluationOutput output;

  @Override
  public boolean isJson() {
    return output.isJson();
  }

  @Override
  public String jsonName(String words) {
    return EvaluationOutput.COMMAND;
  }

  @Override
  public Integer call() {
    output.check(() -> networks.inputs(checkpoint));
    try (Hypernetwork hypernetwork = Hypernetwork.open(checkpoint, spec.commandLine())) {
      new ComparisonRun(
              "transfer",
              List.of(20.0),
              LABELS,
              spec.commandLine(),
              networks,
              images,
              options,
              output)
          .run(hypernetwork, true);
    }
    return 0;
  }
}
