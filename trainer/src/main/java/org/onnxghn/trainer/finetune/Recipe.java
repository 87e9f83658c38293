package org.onnxghn.trainer.finetune;

import ai.djl.ndarray.NDArray;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.onnxghn.graph.Role;
import org.onnxghn.trainer.optim.AdamW;
import org.onnxghn.trainer.optim.Optimizer;
import org.onnxghn.trainer.optim.Schedule;
import org.onnxghn.trainer.optim.Sgd;

/**
 * How the parameters are trained.
 *
 * @param epochs how often all training images are used; 0 until the time is up
 * @param batch images of a step
 * @param method the optimizer
 * @param learningRate at its highest
 * @param momentum of SGD; AdamW has its usual constants
 * @param weightDecay see the optimizer
 * @param decayAll whether weight decay also applies to biases and to scales, such as those of
 *     normalisation layers, of attention's logits and of activations
 * @param course of the learning rate
 * @param warmup share of the training, from 0 to below 1, in which the learning rate rises
 * @param labelSmoothing share of the target that all classes have in equal parts (Szegedy et al.
 *     2016)
 * @param mixup alpha of mixup's Beta distribution (Zhang et al. 2018); 0 for none
 * @param clip largest L2 norm of all gradients together; infinity for none
 */
public record Recipe(
    int epochs,
    int batch,
    Method method,
    double learningRate,
    double momentum,
    double weightDecay,
    boolean decayAll,
    Course course,
    double warmup,
    double labelSmoothing,
    double mixup,
    double clip) {

  /** Far more than any network can be trained with. */
  public static final double MAX_LEARNING_RATE = 1e6;

  /** All but biases and scales, as usual recipes have it. */
  private static final Set<Role> DECAYING =
      Set.of(
          Role.WEIGHT,
          Role.RECURRENT_INPUT_WEIGHT,
          Role.RECURRENT_WEIGHT,
          Role.EMBEDDING,
          Role.POSITION_ENCODING,
          Role.CLASS_TOKEN);

  /** The optimizer. */
  public enum Method {
    SGD(0.01, 5e-4),
    ADAMW(1e-3, 1e-2);

    private final double learningRate;
    private final double weightDecay;

    Method(double learningRate, double weightDecay) {
      this.learningRate = learningRate;
      this.weightDecay = weightDecay;
    }

    /** A usual one for fine-tuning. */
    public double learningRate() {
      return learningRate;
    }

    /** A usual one. */
    public double weightDecay() {
      return weightDecay;
    }
  }

  /** How the learning rate goes on after warm-up. */
  public enum Course {
    /** Falls to 0 as a half cosine. */
    COSINE,
    /** A tenth after one half and again after three quarters of the training. */
    STEP,
    CONSTANT
  }

  /** What is usual for the optimizer: 10 epochs of batches of 64, cosine, 5 % warm-up. */
  public static Recipe usual(Method method) {
    return new Recipe(
        10,
        64,
        method,
        method.learningRate(),
        0.9,
        method.weightDecay(),
        false,
        Course.COSINE,
        0.05,
        0,
        0,
        Double.POSITIVE_INFINITY);
  }

  /**
   * @throws FineTuneException OG-520 for a number out of range
   */
  public Recipe {
    require(epochs >= 0, "--epochs", epochs, "1 or more");
    require(batch >= 1, "--batch", batch, "1 or more");
    require(
        isIn(learningRate, 0, MAX_LEARNING_RATE) && learningRate > 0,
        "--lr",
        learningRate,
        "above 0 and at most 1e6");
    require(isIn(momentum, 0, 1) && momentum < 1, "--momentum", momentum, "from 0 to below 1");
    require(isIn(weightDecay, 0, 1e6), "--weight-decay", weightDecay, "0 or more");
    require(isIn(warmup, 0, 1) && warmup < 1, "--warmup", warmup, "from 0 to below 1");
    require(
        isIn(labelSmoothing, 0, 1) && labelSmoothing < 1,
        "--label-smoothing",
        labelSmoothing,
        "from 0 to below 1");
    require(isIn(mixup, 0, 1e6), "--mixup", mixup, "0 or more, such as 0.2");
    require(clip > 0, "--clip", clip, "above 0");
  }

  /** The same with another learning rate. */
  public Recipe withLearningRate(double rate) {
    return new Recipe(
        epochs,
        batch,
        method,
        rate,
        momentum,
        weightDecay,
        decayAll,
        course,
        warmup,
        labelSmoothing,
        mixup,
        clip);
  }

  private static boolean isIn(double value, double low, double high) {
    return value >= low && value <= high;
  }

  private static void require(boolean holds, String option, double value, String range) {
    if (!holds) {
      boolean whole = value == Math.rint(value) && Math.abs(value) < 1e15;
      String number = whole ? Long.toString((long) value) : Double.toString(value);
      throw new FineTuneException(
          FineTuneException.OPTION,
          option + " " + number + " is out of range",
          "Give a number that is " + range + ".");
    }
  }

  Schedule schedule() {
    return switch (course) {
      case COSINE -> Schedule.cosine(warmup);
      case STEP -> Schedule.steps(warmup, 0.1, 0.5, 0.75);
      case CONSTANT -> Schedule.constant(warmup);
    };
  }

  /**
   * The optimizer of these leaves.
   *
   * @param roles what each does in its layer. Its rank does not tell: exporters store the scale of
   *     a GroupNorm as {@code C x 1 x 1}, and a bias that is added as {@code 1 x C x 1 x 1}
   */
  Optimizer optimizer(Map<String, NDArray> leaves, Map<String, Role> roles) {
    Predicate<String> decays = name -> decayAll || DECAYING.contains(roles.get(name));
    return switch (method) {
      case SGD -> new Sgd(leaves, momentum, false, weightDecay, decays);
      case ADAMW ->
          new AdamW(
              leaves, AdamW.BETA1, AdamW.BETA2, AdamW.EPSILON, weightDecay, decays, name -> false);
    };
  }

  /** By option; a run can be resumed only with the same. */
  Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("--epochs", Integer.toString(epochs));
    settings.put("--batch", Integer.toString(batch));
    settings.put("--optimizer", method.name().toLowerCase(Locale.ROOT));
    settings.put("--lr", Double.toString(learningRate));
    settings.put("--momentum", Double.toString(momentum));
    settings.put("--weight-decay", Double.toString(weightDecay));
    settings.put("--decay-all", Boolean.toString(decayAll));
    settings.put("--schedule", course.name().toLowerCase(Locale.ROOT));
    settings.put("--warmup", Double.toString(warmup));
    settings.put("--label-smoothing", Double.toString(labelSmoothing));
    settings.put("--mixup", Double.toString(mixup));
    settings.put("--clip", Double.toString(clip));
    return settings;
  }
}
