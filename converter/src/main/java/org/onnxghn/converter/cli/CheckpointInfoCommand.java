package org.onnxghn.converter.cli;

import java.nio.file.Path;
import org.onnxghn.converter.report.CheckpointReport;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.ghn.checkpoint.CheckpointImporter;
import org.onnxghn.ghn.checkpoint.CheckpointSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Describes a checkpoint. */
@Command(
    name = "info",
    mixinStandardHelpOptions = true,
    description = {
      "Prints architecture, parameter count, SHA-256, origin and licence of a checkpoint."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn checkpoint info",
      "  onnx-ghn checkpoint info ghn3-t.safetensors",
      "  onnx-ghn checkpoint info ghn3-t.safetensors --json"
    })
final class CheckpointInfoCommand implements CliCommand {
  @Spec private CommandSpec spec;
  @Mixin private FormatOption format;

  @Parameters(
      arity = "0..1",
      paramLabel = "C",
      description = "A checkpoint of any form that can be imported (default: the embedded one).")
  private Path input;

  @Override
  public boolean isJson() {
    return format.isJson();
  }

  @Override
  public Integer call() {
    try (Checkpoint checkpoint =
        input == null ? CheckpointSource.EMBEDDED.open() : CheckpointImporter.read(input)) {
      spec.commandLine().getOut().print(CheckpointReport.of(checkpoint).print("info", isJson()));
    }
    return 0;
  }
}
