package org.onnxghn.converter.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.onnxghn.converter.Calibration;
import org.onnxghn.converter.ConversionOptions;
import org.onnxghn.converter.Recalibration;
import org.onnxghn.converter.report.Escape;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.converter.report.RecalibrationReport;
import org.onnxghn.converter.report.Style;
import org.onnxghn.onnx.ExternalData;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Estimates BatchNorm's running statistics. */
@Command(
    name = "recalibrate",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Estimates the running statistics of all BatchNorm layers from images.",
      "Nothing is trained. ONNX Runtime computes mean and variance, so",
      "the model must be of operator set 7 or newer; layers in subgraphs and functions",
      "keep their statistics, and a warning says so."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn recalibrate init.onnx -o calibrated.onnx --data cifar10",
      "  onnx-ghn recalibrate init.onnx --in-place --data imagenet --images 1024 --json"
    })
final class RecalibrateCommand implements CliCommand {
  @Spec private CommandSpec spec;
  @Mixin private FormatOption format;

  @Parameters(paramLabel = "IN", description = "An ONNX model that takes images.")
  private Path input;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      description = "The model to write.")
  private Path output;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "Images, see `onnx-ghn accuracy --help`; their labels do not matter.")
  private Path data;

  @Option(
      names = "--images",
      paramLabel = "N",
      description = "How many to use, chosen at random (default: ${DEFAULT-VALUE}).")
  private int images = Calibration.IMAGES;

  @Option(
      names = "--keep",
      paramLabel = "GLOB",
      description = "Statistics that stay, by name; * matches anything. Repeatable.")
  private List<String> keep = List.of();

  @Option(
      names = "--only",
      paramLabel = "GLOB",
      description = "The only statistics that may change. Repeatable.")
  private List<String> only = List.of();

  @Mixin private DataOptions dataOptions;

  @Option(names = "--seed", paramLabel = "N", description = "Of the choice (default: 0).")
  private long seed;

  @Option(names = "--no-verify", description = "Do not run the result in ONNX Runtime.")
  private boolean noVerify;

  @Option(
      names = "--external-data",
      paramLabel = "keep|inline|always",
      description = "Where tensors are stored, see `onnx-ghn convert --help`.")
  private ExternalData externalData = ExternalData.KEEP;

  @Option(names = "--in-place", description = "Allow the output to be the input.")
  private boolean inPlace;

  @Override
  public boolean isJson() {
    return format.isJson();
  }

  @Override
  public Integer call() {
    if (output == null && !inPlace) {
      throw new ParameterException(
          spec.commandLine(), "Missing required option: '--output=OUT' (or --in-place)");
    }
    ConversionOptions options =
        ConversionOptions.builder()
            .calibration(new Calibration(dataOptions.of(data), images))
            .keep(keep)
            .only(only)
            .seed(seed)
            .verify(!noVerify)
            .externalData(externalData)
            .inPlace(inPlace)
            .build();
    Path target = output == null ? input : output;
    RecalibrationReport report = Recalibration.recalibrate(input, target, options, this::progress);
    PrintWriter out = spec.commandLine().getOut();
    if (isJson()) {
      out.println(JsonOutput.of("recalibrate", report));
    } else {
      out.print(report.text(Style.detect()));
    }
    return report.succeeded() ? 0 : 1;
  }

  private void progress(String step) {
    if (System.console() != null) {
      spec.commandLine().getErr().println(Escape.message(step) + " …");
    }
  }
}
