package org.onnxghn.converter.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.onnxghn.converter.TextFile;
import org.onnxghn.converter.check.Baseline;
import org.onnxghn.converter.check.Check;
import org.onnxghn.converter.check.CheckOptions;
import org.onnxghn.converter.check.CheckReport;
import org.onnxghn.converter.check.ModelFiles;
import org.onnxghn.converter.check.formats.CheckFormat;
import org.onnxghn.converter.report.Escape;
import org.onnxghn.converter.report.Style;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Tells what could not be predicted in models: the gate for CI. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Lists everything in ONNX models that could not be predicted, and why.",
      "Changes nothing. Exit codes: 2 if a model is refused, else 1 if a finding reaches",
      "--fail-on or a coverage is below --min-coverage, else 0."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn check model.onnx",
      "  onnx-ghn check models/ --fail-on warning --min-coverage 0.9",
      "  onnx-ghn check 'models/**.onnx' --format sarif > onnx-ghn.sarif",
      "  onnx-ghn check models/ --write-baseline known.json",
      "  onnx-ghn check models/ --baseline known.json --format markdown"
    })
final class CheckCommand implements CliCommand {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "MODEL",
      description = "ONNX files, folders (every .onnx below), or patterns in quotes.")
  private List<String> models;

  @Option(
      names = "--checkpoint",
      paramLabel = "C",
      description = {
        "The hypernetwork that is to predict: tells what would be tiled, and",
        "whether the classifier fits (default: not looked at)."
      })
  private Path checkpoint;

  @Option(
      names = "--for",
      paramLabel = "convert|finetune",
      description = {
        "What the models are for (default: ${DEFAULT-VALUE}); finetune also",
        "reports operators that the trainer does not run."
      })
  private CheckOptions.Purpose purpose = CheckOptions.Purpose.CONVERT;

  @Option(
      names = "--fail-on",
      paramLabel = "error|warning|none",
      description = "The least severity that makes the exit code 1 (default: ${DEFAULT-VALUE}).")
  private CheckOptions.FailOn failOn = CheckOptions.FailOn.ERROR;

  @Option(
      names = "--min-coverage",
      paramLabel = "F",
      description = "Exit 1 when less than this fraction of a model is predicted.")
  private double minCoverage;

  @Option(
      names = "--baseline",
      paramLabel = "FILE",
      description = "Accept the findings that this file lists; only new ones fail.")
  private Path baseline;

  @Option(
      names = "--write-baseline",
      paramLabel = "FILE",
      description = "Write all findings to this file, for --baseline.")
  private Path newBaseline;

  @Option(
      names = "--format",
      paramLabel = "text|json|sarif|junit|markdown",
      description = "What goes to stdout (default: ${DEFAULT-VALUE}).")
  private CheckFormat format = CheckFormat.TEXT;

  @Option(names = "--json", description = "The same as --format json.")
  private boolean json;

  @Override
  public boolean isJson() {
    return json || format == CheckFormat.JSON;
  }

  @Override
  public Integer call() {
    Set<String> known = baseline == null ? Set.of() : Baseline.read(baseline);
    CheckOptions options = new CheckOptions(purpose, config(), failOn, minCoverage, known);
    List<Path> files = ModelFiles.find(models);
    if (newBaseline != null) {
      TextFile.requireOther(newBaseline, files);
    }
    AtomicBoolean bug = new AtomicBoolean();
    CheckReport report =
        new Check(
                options,
                this::progress,
                (model, failure) -> {
                  bug.set(true);
                  Failures.bug(failure, spec.commandLine());
                })
            .run(files);
    if (newBaseline != null) {
      // First: where it cannot be written, stdout gets the refusal and no report before it.
      Baseline.write(newBaseline, report);
    }
    PrintWriter out = spec.commandLine().getOut();
    CheckFormat chosen = isJson() ? CheckFormat.JSON : format;
    out.print(chosen.print(report, options, Style.detect()));
    return bug.get() ? Failures.BUG : report.exitCode(options);
  }

  private GhnConfig config() {
    if (checkpoint != null && checkpoint.toString().equals("none") && !Files.exists(checkpoint)) {
      throw new ParameterException(
          spec.commandLine(),
          "--checkpoint none: check says what a hypernetwork would predict; leave it out");
    }
    if (checkpoint == null) {
      return null;
    }
    try (Checkpoint file = Checkpoint.read(checkpoint)) {
      return file.config();
    }
  }

  private void progress(Path model) {
    if (System.console() != null) {
      spec.commandLine().getErr().println("checking " + Escape.name(model.toString()) + " …");
    }
  }
}
