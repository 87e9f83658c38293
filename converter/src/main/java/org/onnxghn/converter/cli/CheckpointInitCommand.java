package org.onnxghn.converter.cli;

import java.nio.file.Path;
import java.util.Iterator;
import org.onnxghn.converter.report.CheckpointReport;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Makes a random checkpoint. */
@Command(
    name = "init",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Makes a checkpoint of random weights, as training starts with.",
      "Its predictions mean nothing: it is for training, benchmarks and tests."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn checkpoint init --preset ghn3-xl --seed 0 -o random-xl.safetensors",
      "  onnx-ghn checkpoint init --preset ghn3-t --classes 10 -o random-t10.safetensors"
    })
final class CheckpointInitCommand implements CliCommand {
  @Spec private CommandSpec spec;
  @Mixin private FormatOption format;
  @Mixin private DtypeOption dtype;

  @Option(
      names = "--preset",
      required = true,
      completionCandidates = PresetNames.class,
      paramLabel = "NAME",
      description = "The architecture: ${COMPLETION-CANDIDATES}.")
  private String preset;

  @Option(
      names = "--classes",
      paramLabel = "K",
      description = "Outputs of the class head (default: the preset's).")
  private Integer classes;

  @Option(names = "--seed", paramLabel = "N", description = "Default: 0.")
  private long seed;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT",
      description = "The safetensors file to write.")
  private Path output;

  @Override
  public boolean isJson() {
    return format.isJson();
  }

  @Override
  public Integer call() {
    GhnConfig config = GhnConfig.preset(preset);
    if (classes != null) {
      config = config.withNumClasses(classes);
    }
    try (Checkpoint checkpoint = Checkpoint.initialise(config, seed)) {
      checkpoint.write(output, dtype.type());
    }
    try (Checkpoint written = Checkpoint.read(output)) {
      spec.commandLine().getOut().print(CheckpointReport.of(written).print("init", isJson()));
    }
    return 0;
  }

  /** For completion and help. */
  static final class PresetNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return GhnConfig.presetNames().iterator();
    }
  }
}
