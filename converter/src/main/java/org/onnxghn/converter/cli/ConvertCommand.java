package org.onnxghn.converter.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.onnxghn.converter.Calibration;
import org.onnxghn.converter.Conversion;
import org.onnxghn.converter.ConversionOptions;
import org.onnxghn.converter.initializers.FallbackMethod;
import org.onnxghn.converter.report.ConversionReport;
import org.onnxghn.converter.report.Escape;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.converter.report.Style;
import org.onnxghn.converter.report.TextReport;
import org.onnxghn.converter.runtime.ImageOptions;
import org.onnxghn.onnx.ExternalData;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Predicts all parameters of a model. */
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Predicts all parameters of an ONNX model and writes a model that runs.",
      "What the hypernetwork does not cover starts with a standard initializer;",
      "with --checkpoint none that is everything."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn convert resnet32.onnx -o init.onnx",
      "  onnx-ghn convert resnet18.onnx -o init.onnx --checkpoint ghn3-t.safetensors",
      "  onnx-ghn convert resnet18.onnx -o random.onnx --checkpoint none --fallback he",
      "  onnx-ghn convert m.onnx -o m2.onnx --keep 'backbone.*' --blend 0.3 --fallback he",
      "  onnx-ghn convert m.onnx -o m2.onnx --calibrate cifar10",
      "  onnx-ghn convert m.onnx -o m2.onnx --min-coverage 0.9 --json"
    })
final class ConvertCommand implements CliCommand {
  @Spec private CommandSpec spec;
  @Mixin private FormatOption format;

  @Parameters(paramLabel = "IN", description = "An ONNX model, with or without weights.")
  private Path input;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      description = "The model to write.")
  private Path output;

  @Mixin private CheckpointOption checkpoint;

  @Option(
      names = "--fallback",
      paramLabel = "METHOD",
      description = {
        "How tensors start that are not predicted: standard (what PyTorch",
        "starts that operator with), he, xavier, orthogonal, zero, keep",
        "(default: standard)."
      })
  private FallbackMethod fallback = FallbackMethod.STANDARD;

  @Option(
      names = "--keep",
      paramLabel = "GLOB",
      description = "Names whose values stay; * matches anything. Repeatable.")
  private List<String> keep = List.of();

  @Option(
      names = "--only",
      paramLabel = "GLOB",
      description = "The only names that may change. Repeatable.")
  private List<String> only = List.of();

  @Option(
      names = "--head",
      paramLabel = "predict|random",
      description = {
        "The classifier (default: random when its class count is not the",
        "checkpoint's, else predict)."
      })
  private ConversionOptions.Head head = ConversionOptions.Head.AUTO;

  @Option(
      names = "--noise",
      paramLabel = "BETA",
      description = {
        "Noise on predicted weights, in proportion to the spread of their",
        "correlations (default: 0; 1e-5 before fine-tuning)."
      })
  private double noise;

  @Option(
      names = "--blend",
      paramLabel = "A",
      description = {
        "Adds A times a sample of the fallback initializer to each predicted",
        "tensor of rank 2 or more (default: 0)."
      })
  private double blend;

  @Option(names = "--seed", paramLabel = "N", description = "Of everything random (default: 0).")
  private long seed;

  @Option(
      names = "--min-coverage",
      paramLabel = "F",
      description = "Exit 1, writing nothing, when less than this fraction is predicted.")
  private double minCoverage;

  @Option(
      names = "--calibrate",
      paramLabel = "DIR",
      description = {
        "Images (see `onnx-ghn accuracy --help`) that BatchNorm's running",
        "statistics are estimated from; `onnx-ghn recalibrate` has more options."
      })
  private Path calibrate;

  @Option(
      names = "--calibrate-images",
      paramLabel = "N",
      description = "How many of them, chosen at random (default: " + Calibration.IMAGES + ").")
  private Integer calibrateImages;

  @Option(names = "--no-verify", description = "Do not run the result in ONNX Runtime.")
  private boolean noVerify;

  @Option(names = "--keep-unverified", description = "Keep an output that does not run.")
  private boolean keepUnverified;

  @Option(
      names = "--external-data",
      paramLabel = "keep|inline|always",
      description = {
        "Where tensors are stored: as in the input, in the model file, or in a",
        "file beside it (default: keep)."
      })
  private ExternalData externalData = ExternalData.KEEP;

  @Option(names = "--in-place", description = "Allow the output to be the input.")
  private boolean inPlace;

  @Override
  public boolean isJson() {
    return format.isJson();
  }

  @Override
  public Integer call() {
    require(output != null || inPlace, "Missing required option: '--output=OUT' (or --in-place)");
    boolean predicts = checkpoint.source() != null;
    require(
        predicts || noise == 0 && blend == 0 && head == ConversionOptions.Head.AUTO,
        "--noise, --blend and --head are of predicted parameters: not with --checkpoint none");
    require(
        calibrate != null || calibrateImages == null,
        "--calibrate-images is of --calibrate, which is missing");
    int images = calibrateImages == null ? Calibration.IMAGES : calibrateImages;
    Calibration calibration =
        calibrate == null ? null : new Calibration(ImageOptions.of(calibrate), images);
    ConversionOptions options =
        ConversionOptions.builder()
            .hypernetwork(checkpoint.source())
            .fallback(fallback)
            .keep(keep)
            .only(only)
            .head(head)
            .noise(noise)
            .blend(blend)
            .seed(seed)
            .minCoverage(minCoverage)
            .verify(!noVerify)
            .keepUnverified(keepUnverified)
            .externalData(externalData)
            .inPlace(inPlace)
            .calibration(calibration)
            .build();
    Path target = output == null ? input : output;
    ConversionReport report = Conversion.convert(input, target, options, this::progress);
    PrintWriter out = spec.commandLine().getOut();
    if (isJson()) {
      out.println(JsonOutput.of("convert", report));
    } else {
      out.print(TextReport.of(report, Style.detect()));
    }
    return report.succeeded() ? 0 : 1;
  }

  private void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), otherwise);
    }
  }

  private void progress(String step) {
    if (System.console() != null) {
      spec.commandLine().getErr().println(Escape.message(step) + " …");
    }
  }
}
