package org.onnxghn.converter.check;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import org.onnxghn.converter.report.Coverage;

/** How much of a model a hypernetwork predicts. */
public enum Verdict {
  /** Every trainable element. */
  FULL,
  /** Some. */
  PARTIAL,
  /** Nothing, or there is nothing to predict. */
  NONE,
  /** The model is broken, hostile or over a limit. */
  REFUSED;

  /** Of a model that was imported. */
  static Verdict of(Coverage coverage) {
    long predicted = coverage.predicted() + coverage.tiled();
    if (predicted == 0) {
      return NONE;
    }
    return predicted == coverage.all() ? FULL : PARTIAL;
  }

  /** As it stands in our output. */
  @JsonValue
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
