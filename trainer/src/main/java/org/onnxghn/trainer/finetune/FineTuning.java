package org.onnxghn.trainer.finetune;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.onnxghn.converter.Codes;
import org.onnxghn.converter.ConversionException;
import org.onnxghn.converter.Reports;
import org.onnxghn.converter.TextFile;
import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.converter.report.ConversionReport;
import org.onnxghn.converter.runtime.Accuracy;
import org.onnxghn.converter.runtime.AccuracyResult;
import org.onnxghn.graph.Finding;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.trainer.optim.Optimizer;
import org.onnxghn.trainer.run.Curves;
import org.onnxghn.trainer.run.MetricsLog;
import org.onnxghn.trainer.run.RunFolder;
import org.onnxghn.trainer.run.StopRequest;

/** An ONNX classifier in, the same model with trained parameters out. */
public final class FineTuning {
  private static final List<Curves.Curve> CURVES =
      List.of(
          new Curves.Curve("training loss", "loss", false),
          new Curves.Curve("validation loss", "valLoss", false),
          new Curves.Curve("training top-1", "top1", true),
          new Curves.Curve("validation top-1", "valTop1", true));

  private final FineTuneOptions options;
  private final FineTuneObserver observer;
  private StopRequest stop;
  private Set<Path> inputFiles;

  private FineTuning(FineTuneOptions options, FineTuneObserver observer) {
    this.options = options;
    this.observer = observer;
  }

  /**
   * Trains, writes the output and verifies it.
   *
   * @return what was done; {@link FineTuneReport#succeeded} says whether executor and ONNX Runtime
   *     agree on the result
   * @throws org.onnxghn.onnx.OnnxGhnException when the model, the images or the request is refused,
   *     or the loss is not finite any more; no output is written then
   */
  public static FineTuneReport run(FineTuneOptions options, FineTuneObserver observer) {
    FineTuning tuning = new FineTuning(options, observer);
    try {
      FineTuneReport report = tuning.run();
      observer.finished(report);
      return report;
    } finally {
      // Only now may a process end that was asked to.
      if (tuning.stop != null) {
        tuning.stop.close();
      }
    }
  }

  private FineTuneReport run() {
    requirePaths();
    Device device = TrainingDevice.of(options.device());
    observer.step("reading " + options.input());
    OnnxModel input = OnnxModel.read(options.input());
    inputFiles = input.files();
    TextFile.requireOther(options.output(), List.copyOf(inputFiles));
    ImageSpec spec = TrainingData.spec(input, options.data());
    OnnxModel model =
        options.newHead() == 0 ? input : NewHead.replace(input, options.newHead(), options.seed());
    try (Network network = new Network(model, spec, options.freeze(), device)) {
      observer.step("reading images of " + options.data().training().data());
      TrainingData data =
          TrainingData.open(
              model,
              options.data(),
              options.seed(),
              done -> observer.step("decoded " + done + " images"));
      requireClasses(network, data);
      try (RunFolder folder = runFolder();
          Optimizer optimizer =
              options.recipe().optimizer(network.leaves(), network.choice().roles())) {
        RunState state = new RunState(folder, network, optimizer, options, input, data);
        ResultFiles files =
            new ResultFiles(folder, input.sha256(), model, data.normalisation(), options.seed());
        Progress progress = new Progress();
        boolean complete = train(network, data, folder, optimizer, state, files, progress);
        if (!complete) {
          return report(network, data, progress, null, null, network.choice().findings());
        }
        Curves.write(folder, "curves", options.input().getFileName().toString(), "loss", CURVES);
        requireFinite(progress.best);
        return conclude(network, data, files, progress, device);
      }
    }
  }

  private void requirePaths() {
    TextFile.requireOther(options.output(), List.of(options.input()));
    Path output = options.output().toAbsolutePath();
    if (Files.isDirectory(output) || !Files.isDirectory(output.getParent())) {
      throw new ConversionException(
          Codes.OUTPUT,
          "output " + options.output() + " is a folder, or its folder does not exist",
          "Name a file in a folder that exists.");
    }
    boolean inRun =
        output.getParent().normalize().equals(options.run().toAbsolutePath().normalize());
    if (inRun && ResultFiles.isOfRun(output.getFileName().toString())) {
      throw new ConversionException(
          Codes.OUTPUT,
          "output " + options.output() + " is a file of the run itself",
          "Choose another name, or another folder.");
    }
  }

  private void requireClasses(Network network, TrainingData data) {
    int classes = data.training().classNames().size();
    if (network.classes() != classes) {
      throw new FineTuneException(
          FineTuneException.CLASSES,
          "the model gives %d scores, the data set has %d classes"
              .formatted(network.classes(), classes),
          "Give the model a new classifier with --new-head " + classes + ".");
    }
  }

  private static void requireFinite(Milestone best) {
    if (!Double.isFinite(best.loss())) {
      throw new FineTuneException(
          FineTuneException.NOT_FINITE,
          "the loss on the validation images was not finite after any epoch; no output was written",
          "Begin anew (--overwrite) with a lower --lr, say a third, or --clip 1.");
    }
  }

  private RunFolder runFolder() {
    return switch (options.start()) {
      case NEW -> RunFolder.create(options.run());
      case RESUME -> RunFolder.open(options.run());
      case OVERWRITE -> {
        if (Files.exists(options.run().resolve(RunFolder.STATE))) {
          try (RunFolder old = RunFolder.open(options.run())) {
            // By their paths: links, which a run refuses, are deleted, too.
            for (String name :
                List.of(
                    ResultFiles.BEST,
                    ResultFiles.BEST + ".data",
                    ResultFiles.LAST,
                    ResultFiles.LAST + ".data",
                    "curves.svg",
                    "curves.png",
                    MetricsLog.FILE,
                    RunFolder.STATE)) {
              Files.deleteIfExists(old.path().resolve(name));
            }
          } catch (IOException e) {
            throw new ConversionException(
                Codes.OUTPUT,
                "the run in " + options.run() + " cannot be deleted: " + e,
                "Delete it yourself, or choose another folder with --run.",
                e);
          }
        }
        yield RunFolder.create(options.run());
      }
    };
  }

  /** False when it was interrupted. */
  private boolean train(
      Network network,
      TrainingData data,
      RunFolder folder,
      Optimizer optimizer,
      RunState state,
      ResultFiles files,
      Progress progress) {
    if (options.start() == FineTuneOptions.Start.RESUME) {
      state.restore(progress);
    } else {
      // From now on there is something to resume, or to overwrite.
      state.save(progress);
    }
    // Where the evaluation is due, its line is written anew.
    long kept = progress.evaluationDue ? progress.step - 1 : progress.step;
    stop =
        new StopRequest(
            options.limits().training(), Duration.ofNanos((long) (progress.seconds * 1e9)));
    try (MetricsLog metrics = MetricsLog.open(folder, kept)) {
      TrainingLoop.Tools tools =
          new TrainingLoop.Tools(optimizer, state, metrics, files, stop, observer);
      return new TrainingLoop(options, network, data, progress, tools).run();
    } finally {
      observer.trainingEnded();
    }
  }

  /** Reads the best model back, compares executor and ONNX Runtime on it, writes the output. */
  private FineTuneReport conclude(
      Network network, TrainingData data, ResultFiles files, Progress progress, Device device) {
    observer.step("verifying the result in ONNX Runtime");
    int batch = options.recipe().batch();
    OnnxModel best = OnnxModel.read(files.best());
    Optional<Evaluation> executor;
    try (Network written = new Network(best, data.spec(), options.freeze(), device)) {
      executor = Evaluation.of(written, data, batch, stop::isInterrupted);
    }
    if (executor.isEmpty()) {
      return report(network, data, progress, null, null, network.choice().findings());
    }
    Predictions predictions = new Predictions(data.validation().size());
    Accuracy.ScoreListener listener =
        network.endsInSoftmax() ? predictions::addProbabilities : predictions::add;
    AccuracyResult runtime =
        Accuracy.measure(
            files.best(),
            data.input(),
            data.validation(),
            data.normalisation(),
            batch,
            done -> {},
            listener);
    Agreement agreement = Agreement.of(executor.get(), runtime, predictions);
    List<Finding> findings = new ArrayList<>(network.choice().findings());
    agreement.finding().ifPresent(findings::add);
    List<Path> written =
        agreement.isExact() || agreement.isExplained()
            ? files.copyBest(options.output(), inputFiles)
            : List.of();
    return report(
        network,
        data,
        progress,
        Reports.output(options.output(), written),
        new FineTuneReport.Verification(runtime.top1(), runtime.top5(), agreement),
        findings);
  }

  private FineTuneReport report(
      Network network,
      TrainingData data,
      Progress progress,
      ConversionReport.Output output,
      FineTuneReport.Verification verification,
      List<Finding> findings) {
    TrainedParameters choice = network.choice();
    return new FineTuneReport(
        options.input().toString(),
        output,
        options.run().toString(),
        verification == null,
        data.trainingSummary(),
        data.validationSummary(),
        network.classes(),
        new FineTuneReport.Parameters(
            choice.trained().size(),
            choice.elements(),
            choice.frozen().size(),
            network.statistics().size()),
        progress.step,
        progress.position.epoch(),
        progress.seconds,
        progress.hasBest() ? progress.best : null,
        progress.hasBest() ? progress.last : null,
        verification,
        findings);
  }
}
