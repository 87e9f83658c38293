package org.onnxghn.trainer.cli;

import org.onnxghn.trainer.data.ColourJitter;
import org.onnxghn.trainer.finetune.AugmentationChoice;
import org.onnxghn.trainer.finetune.Recipe;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The mixin for how a network is trained on images. */
final class TrainingOptions {
  private static final Recipe USUAL = Recipe.usual(Recipe.Method.SGD);

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description =
          "How often all training images are used (default: 10, or with "
              + "--max-minutes until the time is up).")
  private Integer epochs;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Images of a step (default: ${DEFAULT-VALUE}).")
  private int batch = USUAL.batch();

  @Option(
      names = "--optimizer",
      paramLabel = "sgd|adamw",
      description = "The optimizer (default: sgd).")
  private Recipe.Method method = Recipe.Method.SGD;

  @Option(
      names = "--lr",
      paramLabel = "F",
      description =
          "The highest learning rate (default: 0.01 for sgd, 0.001 for adamw). "
              + "Networks that start at random usually want sgd with 0.05 to 0.1.")
  private Double learningRate;

  @Option(
      names = "--momentum",
      paramLabel = "F",
      description = "Momentum of sgd (default: ${DEFAULT-VALUE}).")
  private double momentum = USUAL.momentum();

  @Option(
      names = "--weight-decay",
      paramLabel = "F",
      description =
          "Weight decay (default: 0.0005 for sgd, 0.01 for adamw); biases and "
              + "normalisation layers have none.")
  private Double weightDecay;

  @Option(
      names = "--decay-all",
      description = "Weight decay for biases and normalisation layers, too.")
  private boolean decayAll;

  @Option(
      names = "--schedule",
      paramLabel = "cosine|step|constant",
      description =
          "How the learning rate falls: as a cosine, to a tenth after 50 %% and "
              + "75 %% of the training, or not (default: cosine).")
  private Recipe.Course schedule = Recipe.Course.COSINE;

  @Option(
      names = "--warmup",
      paramLabel = "F",
      description =
          "Share of the training in which the learning rate rises from 0 "
              + "(default: ${DEFAULT-VALUE}).")
  private double warmup = USUAL.warmup();

  @Option(
      names = "--label-smoothing",
      paramLabel = "F",
      description = "Share of each target that all classes get (default: 0).")
  private double labelSmoothing;

  @Option(
      names = "--mixup",
      paramLabel = "F",
      description = "Alpha of mixup, such as 0.2 (default: 0, which is none).")
  private double mixup;

  @Option(
      names = "--clip",
      paramLabel = "F",
      description = "Largest norm of the gradient, such as 1 (default: none).")
  private double clip = Double.POSITIVE_INFINITY;

  @Option(
      names = "--augmentation",
      paramLabel = "auto|none|padded|resized",
      description =
          "The part of an image that is trained on: anywhere, over its edges by "
              + "an eighth (padded), of random size and aspect (resized), or the "
              + "middle (none) (default: auto, resized from 128 pixels on, else "
              + "padded).")
  private AugmentationChoice.Kind augmentation = AugmentationChoice.Kind.AUTO;

  @Option(
      names = "--flip",
      negatable = true,
      fallbackValue = "true",
      description =
          "Mirror training images at random (default: for colour images, unless "
              + "--augmentation none).")
  private Boolean flip;

  @Option(
      names = "--colour-jitter",
      paramLabel = "B[,C[,S[,H]]]",
      split = ",",
      hideParamSyntax = true,
      description =
          "Random brightness, contrast, saturation and hue, such as "
              + "0.4,0.4,0.4,0.1 (default: none).")
  private double[] jitter;

  /**
   * The recipe.
   *
   * @param timed whether a limit of time ends the training when there is none of epochs
   */
  Recipe recipe(boolean timed) {
    if (epochs != null && epochs < 1) {
      throw new ParameterException(spec.commandLine(), "--epochs is a positive number");
    }
    return new Recipe(
        epochs != null ? epochs : timed ? 0 : USUAL.epochs(),
        batch,
        method,
        learningRate != null ? learningRate : method.learningRate(),
        momentum,
        weightDecay != null ? weightDecay : method.weightDecay(),
        decayAll,
        schedule,
        warmup,
        labelSmoothing,
        mixup,
        clip);
  }

  AugmentationChoice augmentation() {
    return new AugmentationChoice(augmentation, flip, jitter == null ? null : colourJitter());
  }

  private ColourJitter colourJitter() {
    if (jitter.length > 4) {
      throw new ParameterException(spec.commandLine(), "--colour-jitter has at most four numbers");
    }
    double[] all = java.util.Arrays.copyOf(jitter, 4);
    try {
      return new ColourJitter(all[0], all[1], all[2], all[3]);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(), "--colour-jitter takes numbers from 0 on, and a hue up to 0.5");
    }
  }
}
