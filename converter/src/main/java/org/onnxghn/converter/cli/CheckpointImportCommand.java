package org.onnxghn.converter.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.onnxghn.converter.TextFile;
import org.onnxghn.converter.report.CheckpointReport;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.ghn.checkpoint.CheckpointImporter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Turns a published checkpoint into ours. */
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Turns a checkpoint of the reference implementation into a safetensors file.",
      "It may be a joblib pickle or a torch zip; nothing in it is executed. A safetensors",
      "file is copied: with another element type, name or metadata."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn checkpoint import ghn3tm8.pt -o ghn3-t.safetensors",
      "  onnx-ghn checkpoint import ghn3xlm16.pt -o ghn3-xl.safetensors --dtype float16",
      "  onnx-ghn checkpoint import run/best.safetensors -o mine.safetensors --dtype float16 \\",
      "      --name mine --metadata license=Apache-2.0"
    })
final class CheckpointImportCommand implements CliCommand {
  @Spec private CommandSpec spec;
  @Mixin private FormatOption format;
  @Mixin private DtypeOption dtype;

  @Parameters(paramLabel = "IN", description = "The published file.")
  private Path input;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT",
      description = "The safetensors file to write.")
  private Path output;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "What the checkpoint is called (default: as it is, or as its file).")
  private String name;

  @Option(
      names = "--metadata",
      paramLabel = "KEY=VALUE",
      description = "Goes into the file's metadata, such as license=MIT. Repeatable.")
  private Map<String, String> metadata = Map.of();

  @Override
  public boolean isJson() {
    return format.isJson();
  }

  @Override
  public Integer call() {
    TextFile.requireOther(output, List.of(input));
    try (Checkpoint checkpoint = CheckpointImporter.read(input)) {
      checkpoint.described(name, metadata).write(output, dtype.type());
    }
    try (Checkpoint written = Checkpoint.read(output)) {
      spec.commandLine().getOut().print(CheckpointReport.of(written).print("import", isJson()));
    }
    return 0;
  }
}
