package org.onnxghn.converter.check;

import java.util.Locale;
import java.util.Set;
import org.onnxghn.converter.Codes;
import org.onnxghn.converter.ConversionException;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.graph.Finding.Severity;

/**
 * What {@link Check} looks for, and what fails.
 *
 * @param purpose what is to be done with the models
 * @param checkpoint the hypernetwork's configuration, or null: then nothing is tiled, and the
 *     classifier counts as predicted
 * @param failOn the least severity that fails
 * @param minCoverage the least fraction of elements to be predicted, 0 to 1
 * @param known fingerprints of findings that are accepted
 */
public record CheckOptions(
    Purpose purpose, GhnConfig checkpoint, FailOn failOn, double minCoverage, Set<String> known) {
  /** As the command's: for conversion, errors fail. */
  public static final CheckOptions DEFAULT =
      new CheckOptions(Purpose.CONVERT, null, FailOn.ERROR, 0, Set.of());

  /**
   * Checks the range of the coverage.
   *
   * @throws ConversionException OG-400
   */
  public CheckOptions {
    known = Set.copyOf(known);
    if (!(minCoverage >= 0 && minCoverage <= 1)) {
      throw new ConversionException(
          Codes.OPTION,
          "--min-coverage is " + minCoverage + ", outside 0 to 1",
          "It is a fraction: 0.9 is nine tenths of the elements.");
    }
  }

  /** What is to be done with the models. */
  public enum Purpose {
    CONVERT,
    /** Needs an executor for every operator, too. */
    FINETUNE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The least severity that fails. */
  public enum FailOn {
    ERROR,
    WARNING,
    NONE;

    /** Whether a finding of this severity fails. */
    public boolean fails(Severity severity) {
      return switch (this) {
        case ERROR -> severity == Severity.ERROR;
        case WARNING -> severity != Severity.NOTE;
        case NONE -> false;
      };
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
