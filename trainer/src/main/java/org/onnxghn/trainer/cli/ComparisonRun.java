package org.onnxghn.trainer.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.onnxghn.converter.TextFile;
import org.onnxghn.converter.images.Images;
import org.onnxghn.trainer.deepnets.Architectures;
import org.onnxghn.trainer.eval.EvaluationReport;
import org.onnxghn.trainer.eval.FineTuneComparison;
import org.onnxghn.trainer.eval.Initialisation;
import org.onnxghn.trainer.eval.ResultsLog;
import org.onnxghn.trainer.eval.TrialImages;
import org.onnxghn.trainer.eval.ZeroShot;
import org.onnxghn.trainer.exec.ComputeThreads;
import org.onnxghn.trainer.run.ProgressLine;
import org.onnxghn.trainer.train.OwnArchitectures;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * What {@code evaluate fine-tune} and {@code evaluate transfer} have in common: all but what the
 * network keeps of its classifier, and some numbers.
 *
 * @param protocol the subcommand
 * @param usualEpochs budgets where none are given
 * @param usualTraining number of training images where none is given
 */
record ComparisonRun(
    String protocol,
    List<Double> usualEpochs,
    int usualTraining,
    CommandLine command,
    NetworkOptions networks,
    ImageOption imageOption,
    ComparisonOptions options,
    EvaluationOutput output) {

  private static final int USUAL_NETWORKS = 12;

  void run(Hypernetwork hypernetwork, boolean newHead) {
    int mostTestImages = imageOption.images();
    int classes = hypernetwork.summary().numClasses();
    Architectures architectures = networks.unseen(classes, hypernetwork, USUAL_NETWORKS);
    String split = imageOption.split();
    String trainingSplit = imageOption.folder().trainingSplit();
    if (split.equals(trainingSplit)) {
      throw new ParameterException(
          command,
          "the data set has no images to evaluate on besides those to train on: put some into a"
              + " folder 'test' beside 'train'");
    }
    Images training = imageOption.open(trainingSplit, networks.imageSize());
    Images test = imageOption.open(split, networks.imageSize());
    int found = training.classNames().size();
    if (!newHead && found != classes) {
      throw new ParameterException(
          command,
          "the checkpoint predicts for %d classes, the images have %d: see evaluate transfer"
              .formatted(classes, found));
    }
    FineTuneComparison.Plan plan = options.plan(usualEpochs, newHead ? found : 0, networks.seed());
    TrialImages images =
        TrialImages.of(
            training,
            options.validationImages(usualTraining),
            options.trainImages(usualTraining),
            test,
            mostTestImages,
            networks.seed());
    int number = networks.number(architectures, USUAL_NETWORKS);
    OwnArchitectures.tryOut(
        architectures,
        number,
        networks.imageSize(),
        "compared",
        architecture -> FineTuneComparison.tryOut(architecture, plan, images));
    if (options.save() != null) {
      List<Path> inputs = networks.inputs();
      for (int i = 0; i < number; i++) {
        FineTuneComparison.savedFiles(options.save(), plan, architectures.get(i))
            .forEach(file -> TextFile.requireOther(file, inputs));
      }
    }
    options.tooFewToHoldOut(images).ifPresent(output::note);
    Map<String, String> settings = options.settings(plan, training);
    settings.put("protocol", protocol);
    settings.put("checkpoint", hypernetwork.summary().sha256());
    settings.put("training images", Integer.toString(images.training().size()));
    settings.put("training images sha256", TrialImages.sha256(images.training()));
    settings.put("validation images", Integer.toString(images.validation().size()));
    settings.put("validation images sha256", TrialImages.sha256(images.validation()));
    String testSha256 = TrialImages.sha256(images.test());
    settings.put("test images", testSha256);
    List<JsonNode> results;
    try (ResultsLog log = output.log(settings)) {
      results = compare(hypernetwork, architectures, number, plan, images, log);
    }
    settings.put("against", options.against().toString());
    if (plan.chooseOnce()) {
      settings.put("learning rates chosen with", plan.epochs().get(0) + " epochs");
    }
    output.print(
        new EvaluationReport(
            hypernetwork.summary(),
            new EvaluationReport.Data(
                imageOption.data().toString(), split, images.test().size(), testSha256),
            networks.seed(),
            protocol,
            settings,
            results,
            FineTuneComparison.summary(results, options.against().toString(), networks.label())));
  }

  private List<JsonNode> compare(
      Hypernetwork hypernetwork,
      Architectures architectures,
      int number,
      FineTuneComparison.Plan plan,
      TrialImages images,
      ResultsLog log) {
    Initialisation.Settings settings =
        new Initialisation.Settings(
            hypernetwork.ghn(),
            hypernetwork.summary(),
            options.noise(),
            options.blend(),
            networks.seed());
    AtomicLong done = new AtomicLong();
    try (ProgressLine line = output.progress("trainings", (long) number * plan.trainings())) {
      FineTuneComparison comparison =
          new FineTuneComparison(
              plan,
              images,
              settings,
              log,
              options.save(),
              (trainings, what) -> line.show(done.addAndGet(trainings), what));
      return ComputeThreads.dividedAmong(
          options.workers(),
          () ->
              ZeroShot.each(
                  number,
                  options.workers(),
                  index -> comparison.of(architectures.get(index), networks.label()),
                  networksDone -> {}));
    }
  }
}
