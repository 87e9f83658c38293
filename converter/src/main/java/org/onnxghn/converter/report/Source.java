package org.onnxghn.converter.report;

import java.util.Locale;

/** Where a parameter's values come from. */
public enum Source {
  PREDICTED,
  /** Predicted, and larger than the decoder's output: the prediction is repeated. */
  TILED,
  /** An initializer. */
  FALLBACK,
  /** Left as it was. */
  KEPT;

  /** As it stands in our output. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether it counts towards coverage. */
  public boolean isPredicted() {
    return this == PREDICTED || this == TILED;
  }
}
