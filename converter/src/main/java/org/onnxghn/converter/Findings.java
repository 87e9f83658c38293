package org.onnxghn.converter;

import java.util.Locale;
import org.onnxghn.converter.report.Coverage;
import org.onnxghn.converter.runtime.Verification;
import org.onnxghn.graph.Finding;
import org.onnxghn.graph.Finding.Severity;
import org.onnxghn.graph.Parameter;

/** Makes the findings of this module, see {@link Codes}. */
final class Findings {
  private Findings() {}

  /** About the model as a whole. */
  static Finding general(String code, Severity severity, String message, String fix) {
    return new Finding(code, severity, message, null, null, null, null, 0, fix);
  }

  /** About a tensor and the operator that uses it. */
  static Finding of(
      String code, Severity severity, Parameter parameter, String message, String fix) {
    Parameter.Consumer consumer = parameter.consumer();
    return new Finding(
        code,
        severity,
        message,
        consumer.node(),
        consumer.opType(),
        consumer.domain(),
        parameter.name(),
        parameter.shape().elements(),
        fix);
  }

  /** Below {@code --min-coverage}. */
  static Finding lowCoverage(Coverage coverage, double least) {
    return general(
        Codes.LOW_COVERAGE,
        Severity.ERROR,
        String.format(
            Locale.ROOT,
            "coverage %.4f is below --min-coverage %s; nothing was written",
            coverage.fraction(),
            least),
        "See above what was not predicted, and why.");
  }

  /**
   * What ONNX Runtime did not like.
   *
   * @param inputFailsToo whether it does not like the input either
   */
  static Finding verification(Verification verification, boolean kept, boolean inputFailsToo) {
    String code = Codes.VERIFY_FINITE;
    String what = "runs the result, but ";
    if (!verification.loaded()) {
      code = Codes.VERIFY_LOAD;
      what = "does not load the result: ";
    } else if (!verification.ran()) {
      code = Codes.VERIFY_RUN;
      what = "does not run the result on random inputs: ";
    }
    return general(
        code,
        Severity.ERROR,
        verification.runtime()
            + " "
            + what
            + verification.problem()
            + (inputFailsToo ? " (the input fails too, before anything was changed)" : ""),
        kept
            ? "The output was kept, as --keep-unverified asks."
            : "Nothing was written. --keep-unverified keeps the output all the same, --no-verify"
                + " does not try.");
  }
}
