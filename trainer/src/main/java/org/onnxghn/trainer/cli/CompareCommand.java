package org.onnxghn.trainer.cli;

import java.util.List;
import org.onnxghn.converter.cli.CheckpointOption;
import org.onnxghn.converter.cli.CliCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Accuracy after training, by start. */
@Command(
    name = "fine-tune",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Trains networks from predicted and from usual starts, and says which wins.",
      "For a part of an epoch and longer (paper, Tables 2 and 4).",
      "",
      "Seeds, order of images and the learning rates to choose from are the same for all",
      "starts. The learning rate is chosen on held-out training images; the test images",
      "are looked at with the chosen one only. Each budget is a training of its own: its",
      "cosine ends with it. A start whose loss is finite with none of the learning rates",
      "has the accuracy of chance."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn evaluate fine-tune --data cifar10 --split test --count 12 --run ft",
      "  onnx-ghn evaluate fine-tune --data cifar10 --networks 'nets/*.onnx' --run ft2 \\",
      "      --initialisations ghn,ghn-blend,he --epochs 0.1,1 --train-images 10000",
      "  onnx-ghn evaluate fine-tune --data cifar10 --networks 'nets/*.onnx' --run ft3 \\",
      "      --epochs 0.1,1,10 --choose-once --learning-rates 0.003,0.01,0.03,0.1",
      "  onnx-ghn evaluate fine-tune --data cifar10 --split test --count 24 --run ft --resume"
    })
final class CompareCommand implements CliCommand {
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
              "fine-tune",
              List.of(0.1, 1.0),
              Integer.MAX_VALUE,
              spec.commandLine(),
              networks,
              images,
              options,
              output)
          .run(hypernetwork, false);
    }
    return 0;
  }
}
