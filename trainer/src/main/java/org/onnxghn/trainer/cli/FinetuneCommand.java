package org.onnxghn.trainer.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.onnxghn.converter.cli.CliCommand;
import org.onnxghn.converter.cli.DataOptions;
import org.onnxghn.converter.cli.FormatOption;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.converter.report.Style;
import org.onnxghn.trainer.finetune.FineTuneOptions;
import org.onnxghn.trainer.finetune.FineTuneReport;
import org.onnxghn.trainer.finetune.FineTuning;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Trains the parameters of a model. */
@Command(
    name = "finetune",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Trains the parameters of an image classifier and writes the model with them.",
      "It is ready for ONNX Runtime, which must agree with the training on the accuracy.",
      "",
      "All floating-point parameters are trained, and the running statistics of",
      "BatchNorm are updated. The model of the epoch with the best validation accuracy",
      "becomes the output; the run folder keeps it, the last one, metrics and curves."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn finetune init.onnx -o tuned.onnx --data cifar10 --lr 0.1",
      "  onnx-ghn finetune resnet50.onnx -o pets.onnx --data pets --new-head 37 \\",
      "      --freeze 'layer1.*' --freeze 'layer2.*' --optimizer adamw --max-minutes 30",
      "  onnx-ghn finetune init.onnx -o tuned.onnx --data cifar10 --lr 0.1 --resume",
      "",
      "Exit codes: 0 done, 1 executor and ONNX Runtime disagree, 2 wrong usage, bad",
      "input, or a loss that is not finite, 130 interrupted: --resume goes on, with the",
      "same numbers."
    })
public final class FinetuneCommand implements CliCommand {
  private static final int INTERRUPTED = 130;

  @Spec private CommandSpec spec;
  @Mixin private FormatOption format;

  @Parameters(paramLabel = "IN", description = "An ONNX model that takes images, with weights.")
  private Path input;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT",
      description = "The model to write.")
  private Path output;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description =
          "Images with labels: folders of JPEG or PNG files, one for each class "
              + "(in train, val, test or directly), CIFAR's binary files, or IDX "
              + "files.")
  private Path data;

  @Option(
      names = "--val",
      paramLabel = "DIR|FRACTION",
      description =
          "Images to validate on, or a share of the training images (default: "
              + "the data's val, else 0.1; test images are left for `onnx-ghn accuracy`).")
  private String validation;

  @Mixin private TrainingOptions training;

  @Option(
      names = "--freeze",
      paramLabel = "GLOB",
      description =
          "Parameters that stay as they are, by name; * matches anything, the "
              + "option may be repeated. A BatchNorm layer whose running statistics "
              + "match stays in inference mode.")
  private List<String> freeze = List.of();

  @Option(
      names = "--new-head",
      paramLabel = "CLASSES",
      description = "Replace the classifier by a new one of so many classes.")
  private int newHead;

  @Mixin private DataOptions dataOptions;

  @Option(
      names = "--normalise-by-data",
      description = "Mean and standard deviation of the training images.")
  private boolean normaliseByData;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of everything random (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--device",
      paramLabel = "cpu|gpu[:N]|auto",
      description = "Where to compute (default: auto, the first GPU where there is one).")
  private String device = "auto";

  @Option(
      names = "--max-minutes",
      paramLabel = "F",
      description =
          "Train no longer than this; the schedule fits itself to the time. "
              + "Writing and verifying the result come after it.")
  private Double maxMinutes;

  @Option(names = "--run", paramLabel = "DIR", description = "The run folder (default: OUT.run).")
  private Path run;

  @Option(names = "--resume", description = "Go on with the run in the run folder.")
  private boolean resume;

  @Option(names = "--overwrite", description = "Delete the run in the run folder first.")
  private boolean overwrite;

  @Option(
      names = "--log-every",
      paramLabel = "STEPS",
      description = "Steps between two lines of metrics.jsonl (default: ${DEFAULT-VALUE}).")
  private int logEvery = 50;

  @Option(
      names = "--save-minutes",
      paramLabel = "F",
      description =
          "The state is stored at the end of each epoch, and this often between "
              + "(default: ${DEFAULT-VALUE}).")
  private double saveMinutes = 5;

  @Override
  public boolean isJson() {
    return format.isJson();
  }

  @Override
  public Integer call() {
    FineTuneOptions options = options();
    TrainingProgress progress =
        new TrainingProgress(spec.commandLine().getErr(), System.console() != null, this::finished);
    FineTuneReport report = FineTuning.run(options, progress);
    return report.interrupted() ? INTERRUPTED : report.succeeded() ? 0 : 1;
  }

  private FineTuneOptions options() {
    if (resume && overwrite) {
      throw new ParameterException(
          spec.commandLine(), "--resume and --overwrite exclude each other");
    }
    Double fraction = fraction();
    return new FineTuneOptions(
        input,
        output,
        run != null ? run : FineTuneOptions.defaultRun(output),
        new FineTuneOptions.Data(
            dataOptions.of(data),
            validation == null || fraction != null ? null : Path.of(validation),
            fraction == null ? 0 : fraction,
            normaliseByData),
        training.recipe(maxMinutes != null),
        training.augmentation(),
        freeze,
        newHead,
        seed,
        device,
        new FineTuneOptions.Limits(
            maxMinutes == null ? null : minutes("--max-minutes", maxMinutes),
            minutes("--save-minutes", saveMinutes)),
        logEvery,
        resume
            ? FineTuneOptions.Start.RESUME
            : overwrite ? FineTuneOptions.Start.OVERWRITE : FineTuneOptions.Start.NEW);
  }

  /** Null for a folder. */
  private Double fraction() {
    if (validation == null || Files.isDirectory(Path.of(validation))) {
      return null;
    }
    try {
      double value = Double.parseDouble(validation);
      if (value > 0 && value < 1) {
        return value;
      }
    } catch (NumberFormatException e) {
      return null;
    }
    throw new ParameterException(
        spec.commandLine(), "--val " + validation + " is neither a folder nor between 0 and 1");
  }

  private Duration minutes(String option, double minutes) {
    if (!(minutes > 0 && minutes <= TrainCommand.MOST_MINUTES)) {
      throw new ParameterException(
          spec.commandLine(), option + " " + minutes + " is not above 0 and at most a year");
    }
    return Duration.ofMillis((long) (minutes * 60_000));
  }

  private void finished(FineTuneReport report) {
    PrintWriter out = spec.commandLine().getOut();
    if (isJson()) {
      out.println(JsonOutput.of("finetune", report));
    } else {
      out.print(report.text(Style.detect()));
    }
    out.flush();
    if (report.interrupted()) {
      PrintWriter err = spec.commandLine().getErr();
      err.println("onnx-ghn: interrupted after " + report.steps() + " steps; go on with");
      err.println("    onnx-ghn " + String.join(" ", arguments()));
      err.flush();
    }
  }

  /** Those of this call, to resume. */
  private List<String> arguments() {
    return java.util.stream.Stream.concat(
            spec.root().commandLine().getParseResult().originalArgs().stream()
                .filter(argument -> !argument.equals("--resume") && !argument.equals("--overwrite"))
                .map(FinetuneCommand::quoted),
            java.util.stream.Stream.of("--resume"))
        .toList();
  }

  private static String quoted(String argument) {
    return argument.matches("[\\w./:=,@%+-]+")
        ? argument
        : "'" + argument.replace("'", "'\\''") + "'";
  }
}
