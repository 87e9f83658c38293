package org.onnxghn.converter;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.onnxghn.converter.initializers.FallbackMethod;
import org.onnxghn.ghn.checkpoint.CheckpointSource;
import org.onnxghn.onnx.ExternalData;

/**
 * What a conversion is asked to do: {@code
 * ConversionOptions.builder().checkpoint(path).noise(1e-5).build()}.
 *
 * @param checkpoint the hypernetwork, or null for a plain re-initialisation with {@code fallback}
 * @param fallback how tensors start that are not predicted
 * @param keep names whose values stay
 * @param only the only names that may change; none means all
 * @param head what becomes of the classifier
 * @param noise beta of GHN3.md 5.6, 0 or more; 1e-5 is recommended before fine-tuning
 * @param blend this times a sample of the fallback initializer is added to each predicted tensor of
 *     rank 2 or more
 * @param seed of everything random
 * @param minCoverage from 0 to 1; below it there is a finding of severity error and no output
 * @param verify whether ONNX Runtime must load and run the result
 * @param keepUnverified whether the output stays when that fails
 * @param externalData where the output's tensors are stored
 * @param inPlace whether the output may be the input
 * @param calibration of BatchNorm's running statistics, or null for none
 */
public record ConversionOptions(
    CheckpointSource checkpoint,
    FallbackMethod fallback,
    Globs keep,
    Globs only,
    Head head,
    double noise,
    double blend,
    long seed,
    double minCoverage,
    boolean verify,
    boolean keepUnverified,
    ExternalData externalData,
    boolean inPlace,
    Calibration calibration) {

  /** What becomes of the classifier, the last layer. */
  public enum Head {
    /** Predicted when its class count is the checkpoint's, else random. */
    AUTO,
    PREDICT,
    /** Started by the fallback initializer. */
    RANDOM;

    /** As it is written on the command line. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * @throws ConversionException when a number is out of range
   */
  public ConversionOptions {
    check(noise >= 0 && Double.isFinite(noise), "noise", noise, "0 or more, such as 1e-5");
    check(blend >= 0 && Double.isFinite(blend), "blend", blend, "0 or more, such as 0.1");
    check(minCoverage >= 0 && minCoverage <= 1, "min-coverage", minCoverage, "from 0 to 1");
  }

  private static void check(boolean holds, String option, double value, String range) {
    if (!holds) {
      throw new ConversionException(
          Codes.OPTION,
          "--" + option + " " + value + " is out of range",
          "Give a number that is " + range + ".");
    }
  }

  /** Options at their defaults, to be changed one by one. */
  public static Builder builder() {
    return new Builder();
  }

  /** See {@link ConversionOptions}. */
  public static final class Builder {
    private CheckpointSource checkpoint;
    private FallbackMethod fallback = FallbackMethod.STANDARD;
    private List<String> keep = List.of();
    private List<String> only = List.of();
    private Head head = Head.AUTO;
    private double noise;
    private double blend;
    private long seed;
    private double minCoverage;
    private boolean verify = true;
    private boolean keepUnverified;
    private ExternalData externalData = ExternalData.KEEP;
    private boolean inPlace;
    private Calibration calibration;

    private Builder() {}

    /** A safetensors file, or null for none. Default: none. */
    public Builder checkpoint(Path value) {
      return hypernetwork(value == null ? null : new CheckpointSource(value));
    }

    /** Such as {@link CheckpointSource#EMBEDDED}, or null for none. Default: none. */
    public Builder hypernetwork(CheckpointSource value) {
      checkpoint = value;
      return this;
    }

    /** Default: {@link FallbackMethod#STANDARD}. */
    public Builder fallback(FallbackMethod value) {
      fallback = value;
      return this;
    }

    /** Default: none. */
    public Builder keep(List<String> globs) {
      keep = globs;
      return this;
    }

    /** Default: none, which means all. */
    public Builder only(List<String> globs) {
      only = globs;
      return this;
    }

    /** Default: {@link Head#AUTO}. */
    public Builder head(Head value) {
      head = value;
      return this;
    }

    /** Default: 0. */
    public Builder noise(double beta) {
      noise = beta;
      return this;
    }

    /** Default: 0. */
    public Builder blend(double factor) {
      blend = factor;
      return this;
    }

    /** Default: 0. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /** Default: 0. */
    public Builder minCoverage(double fraction) {
      minCoverage = fraction;
      return this;
    }

    /** Default: true. */
    public Builder verify(boolean value) {
      verify = value;
      return this;
    }

    /** Default: false. */
    public Builder keepUnverified(boolean value) {
      keepUnverified = value;
      return this;
    }

    /** Default: {@link ExternalData#KEEP}. */
    public Builder externalData(ExternalData value) {
      externalData = value;
      return this;
    }

    /** Default: false. */
    public Builder inPlace(boolean value) {
      inPlace = value;
      return this;
    }

    /** Default: none. */
    public Builder calibration(Calibration value) {
      calibration = value;
      return this;
    }

    /**
     * The options.
     *
     * @throws ConversionException when a number is out of range
     */
    public ConversionOptions build() {
      return new ConversionOptions(
          checkpoint,
          fallback,
          new Globs(keep),
          new Globs(only),
          head,
          noise,
          blend,
          seed,
          minCoverage,
          verify,
          keepUnverified,
          externalData,
          inPlace,
          calibration);
    }
  }
}
