package org.onnxghn.trainer.train;

import java.util.List;
import java.util.Locale;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.trainer.deepnets.Architectures;
import org.onnxghn.trainer.deepnets.DeepNets;
import org.onnxghn.trainer.deepnets.ShallowFirst;
import org.onnxghn.trainer.deepnets.Space;
import org.onnxghn.trainer.deepnets.Split;
import org.onnxghn.trainer.deepnets.Variant;
import org.onnxghn.trainer.exec.Precision;
import org.onnxghn.trainer.optim.Schedule;

/**
 * All that decides what a training run computes; the documented form is the YAML of {@link
 * ConfigFile}.
 *
 * @param hypernetwork which is trained
 * @param architectures that it is trained with
 * @param images that the architectures see
 * @param optimizer how it learns
 * @param run how long, and what is stored
 */
public record TrainingConfig(
    GhnConfig hypernetwork,
    ArchitectureOptions architectures,
    ImageOptions images,
    OptimizerOptions optimizer,
    RunOptions run) {
  /**
   * Decides which images and networks a run is judged by. Not the run's own seed: runs can be
   * compared, and one that starts from another's checkpoint is not judged by images that the other
   * was trained with.
   */
  static final long VALIDATION_SEED = 1;

  /**
   * Which DeepNets.
   *
   * @param shallowSteps first steps, whose networks are all {@linkplain ShallowFirst shallow}
   */
  public record ArchitectureOptions(
      Split split, Space space, Variant variant, long seed, long shallowSteps) {}

  /**
   * Which images.
   *
   * @param batch images of a step
   * @param validation images of the training split that are held out to choose by
   * @param flip whether images are mirrored at random
   * @param crop whether they are padded and cropped, or (224 pixels) resized and cropped
   * @param colourJitter brightness, contrast, saturation and hue, as torchvision's; or empty
   */
  public record ImageOptions(
      int batch, int validation, boolean flip, boolean crop, List<Double> colourJitter) {
    /** Keeps the list from changes. */
    public ImageOptions {
      colourJitter = List.copyOf(colourJitter);
    }
  }

  /**
   * AdamW (paper, section 4; GHN3.md 10).
   *
   * @param metaBatch architectures of a step
   * @param learningRate at the top of the schedule
   * @param schedule {@code cosine}, {@code constant}, or {@code reference}: cosine by epoch
   * @param warmup share of the run in which the learning rate rises
   * @param weightDecay decoupled
   * @param decayVectors whether norms and biases decay, too
   * @param clip largest norm of the gradient
   * @param normPenalty gamma of Eq. 10
   * @param squaredPenalty whether its norms are squared (an ablation)
   * @param labelSmoothing of the cross-entropy
   * @param average decay of the moving average of the weights that is evaluated and stored as
   *     "best", or 0 for none
   */
  public record OptimizerOptions(
      int metaBatch,
      double learningRate,
      String schedule,
      double warmup,
      double weightDecay,
      boolean decayVectors,
      double clip,
      double normPenalty,
      boolean squaredPenalty,
      double labelSmoothing,
      double average) {}

  /**
   * The run.
   *
   * @param steps of the run, when its time is not limited
   * @param epochs in which the {@code reference} schedule divides it
   * @param seed of initial weights, order of images, augmentation and dropout
   * @param validateEvery steps between two evaluations
   * @param validationNetworks architectures of an evaluation, of the split val
   * @param logEvery steps between two lines of metrics
   * @param saveEvery steps between two stored states
   * @param keepEvery steps between two checkpoints that are kept, or 0 for none
   * @param precision of the networks' matrix products: {@code float32}, {@code float16} with a
   *     scaled loss, {@code bfloat16}, or {@code auto}: float16 on a GPU, else float32
   */
  public record RunOptions(
      long steps,
      int epochs,
      long seed,
      int validateEvery,
      int validationNetworks,
      int logEvery,
      int saveEvery,
      int keepEvery,
      String precision) {}

  /** What {@code run.precision} means on these devices. */
  Precision precision(TrainingDevices devices) {
    if (run.precision().equals("auto")) {
      return devices.isGpu() ? Precision.FLOAT16 : Precision.FLOAT32;
    }
    return Precision.valueOf(run.precision().toUpperCase(Locale.ROOT));
  }

  /** The multiplier of the learning rate. */
  Schedule schedule() {
    return switch (optimizer.schedule()) {
      case "constant" -> Schedule.constant(optimizer.warmup());
      case "reference" -> Schedule.reference(run.epochs(), optimizer.learningRate());
      default -> Schedule.cosine(optimizer.warmup());
    };
  }

  /** The DeepNets that are trained with. */
  DeepNets trainingDeepNets() {
    return deepNets(architectures.split(), architectures.seed());
  }

  /** Of the kind that is trained with, to judge by. */
  DeepNets validationDeepNets() {
    return deepNets(Split.VAL, VALIDATION_SEED);
  }

  private DeepNets deepNets(Split split, long seed) {
    return DeepNets.of(
        split, architectures.variant(), architectures.space(), seed, hypernetwork.numClasses());
  }

  /**
   * As {@link #trainingDeepNets}, in the order of the run.
   *
   * @param share of these in the networks of a step
   */
  Architectures trainingNetworks(double share) {
    DeepNets all = trainingDeepNets();
    long first = Math.round(share * architectures.shallowSteps() * optimizer.metaBatch());
    return first == 0 ? all : new ShallowFirst(all, first);
  }

  /** Refuses what cannot be. */
  public TrainingConfig {
    require(architectures.shallowSteps() >= 0, "architectures.shallowSteps is negative");
    require(images.batch() > 0, "images.batch is not positive");
    require(images.validation() > 0, "images.validation is not positive");
    List<Double> jitter = images.colourJitter();
    require(
        jitter.isEmpty()
            || jitter.size() == 4 && jitter.stream().allMatch(x -> x >= 0) && jitter.get(3) <= 0.5,
        "images.colourJitter is not [brightness, contrast, saturation, hue], hue at most 0.5");
    require(optimizer.metaBatch() > 0, "optimizer.metaBatch is not positive");
    require(optimizer.learningRate() > 0, "optimizer.learningRate is not positive");
    require(
        optimizer.schedule().matches("cosine|constant|reference"),
        "optimizer.schedule is not cosine, constant or reference");
    require(
        optimizer.warmup() == 0 || !optimizer.schedule().equals("reference"),
        "optimizer.warmup is not 0, but the schedule reference has no warm-up");
    require(optimizer.warmup() >= 0 && optimizer.warmup() < 1, "optimizer.warmup is not in [0, 1)");
    require(optimizer.weightDecay() >= 0, "optimizer.weightDecay is negative");
    require(optimizer.clip() > 0, "optimizer.clip is not positive");
    require(optimizer.normPenalty() >= 0, "optimizer.normPenalty is negative");
    require(
        optimizer.labelSmoothing() >= 0 && optimizer.labelSmoothing() < 1,
        "optimizer.labelSmoothing is not in [0, 1)");
    require(
        optimizer.average() >= 0 && optimizer.average() < 1, "optimizer.average is not in [0, 1)");
    require(run.steps() > 0 && run.epochs() > 0, "run.steps or run.epochs is not positive");
    require(
        run.epochs() >= Schedule.REFERENCE_EPOCHS || !optimizer.schedule().equals("reference"),
        "run.epochs is less than "
            + Schedule.REFERENCE_EPOCHS
            + ": too few for schedule reference");
    require(
        run.validateEvery() > 0
            && run.validationNetworks() > 0
            && run.logEvery() > 0
            && run.saveEvery() > 0,
        "one of run.validateEvery, validationNetworks, logEvery and saveEvery is not positive");
    require(run.keepEvery() >= 0, "run.keepEvery is negative");
    require(
        run.precision().matches("auto|float32|float16|bfloat16"),
        "run.precision is not auto, float32, float16 or bfloat16");
  }

  private static void require(boolean condition, String what) {
    if (!condition) {
      throw new TrainingException(
          TrainingException.CONFIG, "training configuration: " + what, "Correct it.");
    }
  }
}
