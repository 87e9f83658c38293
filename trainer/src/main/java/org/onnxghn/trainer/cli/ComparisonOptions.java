package org.onnxghn.trainer.cli;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.onnxghn.converter.images.Images;
import org.onnxghn.trainer.eval.FineTuneComparison;
import org.onnxghn.trainer.eval.Initialisation;
import org.onnxghn.trainer.eval.TrialImages;
import org.onnxghn.trainer.exec.ComputeThreads;
import org.onnxghn.trainer.finetune.AugmentationChoice;
import org.onnxghn.trainer.finetune.Recipe;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The mixin for how starts are compared by training. */
final class ComparisonOptions {
  private static final int MOST_VALIDATION_IMAGES = 5000;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--initialisations",
      split = ",",
      paramLabel = "I",
      hideParamSyntax = true,
      description = {
        "The starts: ghn, he, orthogonal, ghn-noise (noise in proportion to the spread",
        "of correlations), ghn-blend (a part of he's weights added) (default: all)."
      })
  private List<Initialisation> initialisations = List.of(Initialisation.values());

  @Option(
      names = "--against",
      paramLabel = "I",
      description = "The one that the others are compared with (default: he).")
  private Initialisation against;

  @Option(
      names = "--learning-rates",
      split = ",",
      paramLabel = "F",
      hideParamSyntax = true,
      description = {
        "Those to choose from, by held-out training images, for each network, start and",
        "budget (default: 0.01,0.03,0.1, adamw 0.0003,0.001,0.003)."
      })
  private List<Double> learningRates;

  @Option(
      names = "--choose-once",
      description = {
        "Choose each start's learning rate with the first of --epochs, and train the others",
        "with that one only: long budgets cost a part of the time, as much for each start."
      })
  private boolean chooseOnce;

  @Option(
      names = "--epochs",
      split = ",",
      paramLabel = "F",
      hideParamSyntax = true,
      description = {
        "Budgets, such as 0.1,1,10; each is a training of its own, with a schedule that",
        "ends with it (default: 0.1,1; transfer: 20)."
      })
  private List<Double> epochs;

  @Option(
      names = "--optimizer",
      paramLabel = "sgd|adamw",
      description = "The optimizer (default: sgd).")
  private Recipe.Method method = Recipe.Method.SGD;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Images of a step (default: ${DEFAULT-VALUE}).")
  private int batch = 64;

  @Option(
      names = "--train-images",
      paramLabel = "N",
      description = {
        "At most so many images to train on, as many of each class; an epoch is these",
        "(default: all; transfer: 1000)."
      })
  private Integer trainImages;

  @Option(
      names = "--validation-images",
      paramLabel = "N",
      description = {
        "Training images held out to choose by (default: 5000, but no more than",
        "--train-images)."
      })
  private Integer validationImages;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = {
        "Networks that are trained at a time, each with its part of the cores (default:",
        "${DEFAULT-VALUE})."
      })
  private int workers = ComputeThreads.cores();

  @Option(
      names = "--noise",
      paramLabel = "BETA",
      description = "Of ghn-noise (default: ${DEFAULT-VALUE}).")
  private double noise = Initialisation.Settings.USUAL_NOISE;

  @Option(
      names = "--blend",
      paramLabel = "A",
      description = "Of ghn-blend (default: ${DEFAULT-VALUE}).")
  private double blend = Initialisation.Settings.USUAL_BLEND;

  @Option(
      names = "--save",
      paramLabel = "DIR",
      description = "Write the models of the longest budget there, as START/NAME.onnx.")
  private Path save;

  /**
   * What is trained.
   *
   * @param usualEpochs where none are given
   * @param newHead see {@link FineTuneComparison.Plan}
   */
  FineTuneComparison.Plan plan(List<Double> usualEpochs, int newHead, long seed) {
    List<Double> budgets = epochs == null ? usualEpochs : epochs;
    boolean positive =
        batch >= 1
            && workers >= 1
            && (validationImages == null || validationImages >= 1)
            && (trainImages == null || trainImages >= 1)
            && Stream.concat(budgets.stream(), rates().stream())
                .allMatch(value -> value > 0 && Double.isFinite(value))
            && isFinite(blend)
            && isFinite(noise);
    if (!positive) {
      throw new ParameterException(
          spec.commandLine(),
          "--learning-rates, --epochs, --batch, --workers, --train-images and --validation-images"
              + " are positive numbers, --noise and --blend not negative");
    }
    requireDistinct("--initialisations", initialisations);
    requireDistinct("--epochs", budgets);
    requireDistinct("--learning-rates", rates());
    if (Collections.max(rates()) > Recipe.MAX_LEARNING_RATE) {
      throw new ParameterException(
          spec.commandLine(), "--learning-rates are at most " + Recipe.MAX_LEARNING_RATE);
    }
    if (chooseOnce && budgets.size() == 1) {
      throw new ParameterException(
          spec.commandLine(), "--choose-once needs another of --epochs than the first");
    }
    requireAgainst();
    Recipe usual = Recipe.usual(method);
    Recipe recipe =
        new Recipe(
            usual.epochs(),
            batch,
            method,
            usual.learningRate(),
            usual.momentum(),
            usual.weightDecay(),
            usual.decayAll(),
            usual.course(),
            usual.warmup(),
            usual.labelSmoothing(),
            usual.mixup(),
            usual.clip());
    return new FineTuneComparison.Plan(
        initialisations,
        rates(),
        chooseOnce,
        budgets,
        recipe,
        AugmentationChoice.AUTO,
        newHead,
        seed);
  }

  private static boolean isFinite(double value) {
    return value >= 0 && Double.isFinite(value);
  }

  private void requireDistinct(String option, List<?> values) {
    if (values.isEmpty() || Set.copyOf(values).size() < values.size()) {
      throw new ParameterException(
          spec.commandLine(), option + " wants one or more, each of them once");
    }
  }

  /** What to say where fewer images are held out than the user asked for. */
  Optional<String> tooFewToHoldOut(TrialImages images) {
    int held = images.validation().size();
    return validationImages == null || held == validationImages
        ? Optional.empty()
        : Optional.of(
            "%d images are held out, half of those to train on, and not %d"
                .formatted(held, validationImages));
  }

  /** One start alone needs no other. */
  private void requireAgainst() {
    boolean compared = against != null || initialisations.size() > 1;
    if (compared && !initialisations.contains(against())) {
      throw new ParameterException(
          spec.commandLine(),
          "--initialisations lacks %s, which the others are compared with: add it, or name one of"
                  .formatted(against())
              + " them by --against");
    }
  }

  private List<Double> rates() {
    if (learningRates != null) {
      return learningRates;
    }
    return method == Recipe.Method.SGD ? List.of(0.01, 0.03, 0.1) : List.of(0.0003, 0.001, 0.003);
  }

  /** All of the options that a result depends on, but network, start and budget. */
  Map<String, String> settings(FineTuneComparison.Plan plan, Images training) {
    Map<String, String> settings = new TreeMap<>();
    settings.put(
        "augmentation",
        plan.augmentation().applied(training.channels(), training.height(), training.width()));
    settings.put("batch", Integer.toString(batch));
    settings.put("blend", Double.toString(blend));
    settings.put(
        "learning rates",
        plan.learningRates().stream().map(String::valueOf).collect(Collectors.joining(", ")));
    settings.put("new head", Integer.toString(plan.newHead()));
    settings.put("noise", Double.toString(noise));
    settings.put("optimizer", method.name().toLowerCase(Locale.ROOT));
    settings.put("schedule", plan.recipe().course().name().toLowerCase(Locale.ROOT));
    settings.put("warm-up", Double.toString(plan.recipe().warmup()));
    settings.put("weight decay", Double.toString(plan.recipe().weightDecay()));
    settings.put("seed", Long.toString(plan.seed()));
    return settings;
  }

  Initialisation against() {
    return against == null ? Initialisation.HE : against;
  }

  /** How many images to train on. */
  int trainImages(int usual) {
    return trainImages == null ? usual : trainImages;
  }

  int workers() {
    return workers;
  }

  /** How many to choose by: few labels are not few when more of them choose. */
  int validationImages(int usualTraining) {
    return validationImages == null
        ? Math.min(MOST_VALIDATION_IMAGES, trainImages(usualTraining))
        : validationImages;
  }

  double noise() {
    return noise;
  }

  double blend() {
    return blend;
  }

  Path save() {
    return save;
  }
}
