package org.onnxghn.trainer.finetune;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.onnxghn.converter.runtime.ImageOptions;

/**
 * What fine-tuning is asked to do.
 *
 * @param input the model
 * @param output where the result goes
 * @param run folder of the run: state, metrics, curves, best and last model
 * @param data the images
 * @param recipe how to train
 * @param augmentation of training images
 * @param freeze patterns of names of parameters and running statistics that stay as they are
 * @param newHead classes of a new classifier, or 0 to keep the model's
 * @param seed of everything random
 * @param device {@code cpu}, {@code gpu}, {@code gpu:N}, or {@code auto}
 * @param limits of time
 * @param logEvery steps between two lines of metrics
 * @param start whether and how to go on with a run that the folder holds
 */
public record FineTuneOptions(
    Path input,
    Path output,
    Path run,
    Data data,
    Recipe recipe,
    AugmentationChoice augmentation,
    List<String> freeze,
    int newHead,
    long seed,
    String device,
    Limits limits,
    int logEvery,
    Start start) {

  /**
   * Where images come from.
   *
   * @param training images, and how the model sees them all
   * @param validation a data set of its own, or null
   * @param fraction share of the training images that is kept for validation when there is no data
   *     set for it; 0 for the data's own {@code val}, else a tenth
   * @param computeNormalisation whether mean and standard deviation are those of the training
   *     images
   */
  public record Data(
      ImageOptions training, Path validation, double fraction, boolean computeNormalisation) {}

  /**
   * Limits of time.
   *
   * @param training how long to train; the schedule fits itself to it; null for no limit
   * @param save how often the state is stored besides each epoch's end
   */
  public record Limits(Duration training, Duration save) {
    /** No limit, stored every five minutes. */
    public static final Limits NONE = new Limits(null, Duration.ofMinutes(5));
  }

  /** What to do with a run that the folder holds. */
  public enum Start {
    /** Refuse. */
    NEW,
    /** Go on with it. */
    RESUME,
    /** Delete it. */
    OVERWRITE
  }

  /**
   * @throws FineTuneException OG-520 for what is out of range
   */
  public FineTuneOptions {
    freeze = List.copyOf(freeze);
    require(newHead == 0 || newHead >= 2, "--new-head " + newHead, "Give 2 classes or more.");
    require(logEvery >= 1, "--log-every " + logEvery, "Give 1 step or more.");
    require(
        data.fraction() >= 0 && data.fraction() < 1,
        "--val " + data.fraction(),
        "Give a folder, or a share of the training images from 0 to below 1.");
    boolean ends = recipe.epochs() > 0 || limits.training() != null;
    require(ends, "training without an end", "Give --epochs or --max-minutes.");
    boolean positive =
        limits.training() == null || !limits.training().isNegative() && !limits.training().isZero();
    require(positive, "--max-minutes", "Give a number above 0.");
  }

  private static void require(boolean holds, String what, String fix) {
    if (!holds) {
      throw new FineTuneException(FineTuneException.OPTION, what + " is out of range", fix);
    }
  }

  /** The folder of the run when none is named: beside the output. */
  public static Path defaultRun(Path output) {
    return output.resolveSibling(output.getFileName() + ".run");
  }

  /** What must be the same when a run is resumed. */
  Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>(recipe.settings());
    settings.put("augmentation", augmentation.toString());
    settings.put("--freeze", String.join(" ", freeze));
    settings.put("--new-head", Integer.toString(newHead));
    settings.put("--seed", Long.toString(seed));
    settings.put("--val FRACTION", Double.toString(data.fraction()));
    settings.put("--log-every", Integer.toString(logEvery));
    return settings;
  }
}
