package org.onnxghn.trainer.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.onnxghn.converter.cli.CliCommand;
import org.onnxghn.converter.cli.FormatOption;
import org.onnxghn.converter.images.ImageCache;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.trainer.deepnets.ModelFiles;
import org.onnxghn.trainer.run.RunFolder;
import org.onnxghn.trainer.train.ConfigFile;
import org.onnxghn.trainer.train.GhnTraining;
import org.onnxghn.trainer.train.TrainingConfig;
import org.onnxghn.trainer.train.TrainingDevices;
import org.onnxghn.trainer.train.TrainingJob;
import org.onnxghn.trainer.train.TrainingReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains a hypernetwork. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Trains a hypernetwork on images and random architectures.",
      "These are of the DeepNets-1M search space. The run folder gets best.safetensors and",
      "last.safetensors, metrics.jsonl, curves, TensorBoard events, and the state from",
      "which --resume goes on."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  onnx-ghn train --config cifar-small --data cifar10 --run run1 --max-minutes 15",
      "  onnx-ghn train --config mlp --data cifar10 --run ablation --set run.steps=1000",
      "  onnx-ghn train --data cifar10 --run run1 --resume",
      "  onnx-ghn convert model.onnx -o init.onnx --checkpoint run1/best.safetensors",
      "",
      "Configurations: cifar-small, ghn3-t, ghn3-s, ghn3-l, ghn3-xl, ghn2, mlp."
    })
public final class TrainCommand implements CliCommand {
  static final double MOST_MINUTES = 366 * 24 * 60;

  @Spec private CommandSpec spec;
  @Mixin private FormatOption format;

  @Option(
      names = "--config",
      paramLabel = "NAME|FILE",
      description = {
        "A configuration by name, or a YAML file with 'preset: NAME' (else it is",
        "cifar-small) and what differs (default: cifar-small; with --resume: the",
        "run's)."
      })
  private String config;

  @Option(
      names = "--set",
      paramLabel = "S.KEY=V",
      description = "Changes a value of the configuration; may be repeated.")
  private List<String> settings = List.of();

  @Option(
      names = "--print-config",
      description = "Prints the resolved configuration as YAML, and trains nothing.")
  private boolean print;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = {
        "Images: folders of JPEG or PNG files, one for each class (in train,",
        "or directly), CIFAR's binary files, or IDX files as MNIST's."
      })
  private Path data;

  @Option(names = "--run", paramLabel = "DIR", description = "The run folder.")
  private Path run;

  @Option(names = "--resume", description = "Goes on with the run in the run folder.")
  private boolean resume;

  @Option(
      names = "--checkpoint",
      paramLabel = "C",
      description = "Starts from these weights, not from random ones.")
  private Path checkpoint;

  @Option(
      names = "--architectures",
      paramLabel = "DIR|GLOB",
      description = {
        "ONNX files to train with, instead of DeepNets or (with --share) beside",
        "them: a folder, or a pattern in quotes."
      })
  private String architectures;

  @Option(
      names = "--share",
      paramLabel = "S",
      description = {
        "Share of the files in the architectures; the rest are DeepNets",
        "(default: 1, only files)."
      })
  private double share = 1;

  @Option(
      names = "--max-minutes",
      paramLabel = "N",
      description = {
        "Trains for so long in all, with what a resumed run took before, whatever",
        "run.steps says; the learning rate's schedule fits itself to the time",
        "(default with --resume: the run's)."
      })
  private Double maxMinutes;

  @Option(
      names = "--device",
      paramLabel = "D",
      description = "cpu, gpu, or auto: GPUs where there are any (default: ${DEFAULT-VALUE}).")
  private String device = "auto";

  @Option(
      names = "--devices",
      paramLabel = "N",
      description = {
        "GPUs, or workers on the CPU, that share the architectures of a step",
        "(default: all there are, at most the meta-batch)."
      })
  private Integer devices;

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description = "Where decoded images are kept (default: ~/.cache/onnx-ghn).")
  private Path cache;

  @Override
  public boolean isJson() {
    return format.isJson();
  }

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    TrainingConfig resolved = resolve();
    if (print) {
      require(!isJson(), "--print-config prints YAML: leave out --json");
      out.print(ConfigFile.write(resolved));
      return 0;
    }
    require(data != null, "--data DIR is missing: images to train with");
    require(run != null, "--run DIR is missing: a folder for the run");
    require(
        (maxMinutes == null || maxMinutes > 0 && maxMinutes <= MOST_MINUTES)
            && (devices == null || devices > 0),
        "--max-minutes (a year at most) and --devices are positive numbers");
    require(device.matches("auto|cpu|gpu"), "--device is cpu, gpu or auto");
    require(share > 0 && share <= 1, "--share is more than 0 and at most 1");
    require(share == 1 || architectures != null, "--share is of --architectures, which is missing");
    TrainingJob job =
        new TrainingJob(
            data,
            run,
            resume,
            checkpoint,
            architectures == null ? null : ModelFiles.of(architectures),
            share,
            TrainingDevices.of(
                device, devices == null ? 0 : devices, resolved.optimizer().metaBatch()),
            maxMinutes == null ? null : Duration.ofMillis((long) (maxMinutes * 60_000)),
            cache == null ? ImageCache.standard() : ImageCache.in(cache));
    TrainingReport report;
    try (TrainingWatcher watcher = new TrainingWatcher(spec.commandLine().getErr())) {
      report = GhnTraining.run(resolved, job, watcher);
    }
    if (isJson()) {
      out.println(JsonOutput.of("train", report));
    } else {
      print(report, out);
    }
    return report.ended().equals("interrupted") ? 130 : 0;
  }

  private TrainingConfig resolve() {
    if (resume && run != null) {
      require(
          config == null && settings.isEmpty() && checkpoint == null,
          "--resume goes on with the run's own configuration: leave out --config, --set and"
              + " --checkpoint");
      RunFolder.requireState(run);
      Path own = RunFolder.requireOwn(RunFolder.requireConfig(run));
      return ConfigFile.read(own.toString(), List.of());
    }
    return ConfigFile.read(config == null ? ConfigFile.PRESETS.get(0) : config, settings);
  }

  private void require(boolean condition, String what) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), what);
    }
  }

  private static void print(TrainingReport report, PrintWriter out) {
    String best =
        report.best() == null
            ? "not evaluated yet"
            : String.format(
                Locale.ROOT,
                "zero-shot accuracy on val %.2f %% at step %d",
                100 * report.best(),
                report.bestStep());
    out.printf(
        Locale.ROOT,
        "%d steps in %.0f s (%s); %s%n",
        report.steps(),
        report.seconds(),
        report.ended(),
        best);
    if (report.cpuSecondsPerStep().isEmpty()) {
      out.println(
          "there was nothing left to do; to go on from its weights, give another run"
              + " --checkpoint "
              + report.checkpoint());
      return;
    }
    double all =
        report.cpuSecondsPerStep().values().stream().mapToDouble(Double::doubleValue).sum();
    out.printf(Locale.ROOT, "CPU-seconds per step: %.3f%n", all);
    report
        .cpuSecondsPerStep()
        .forEach(
            (phase, seconds) ->
                out.printf(
                    Locale.ROOT, "  %-14s %8.4f  %3.0f %%%n", phase, seconds, 100 * seconds / all));
    out.printf(
        Locale.ROOT,
        "waited %.1f %% of the time; %d steps without a finite loss, %d with too large graphs%n",
        100 * report.waitingShare(),
        report.skippedSteps(),
        report.tooLargeSteps());
    out.println("wrote " + report.checkpoint());
  }
}
