package org.onnxghn.trainer.deepnets;

import java.util.Arrays;
import java.util.Locale;

/** The operations of a cell's edges, in the order of the reference's list (GHN3.md 9.1). */
public enum CellOperation {
  NONE,
  MAX_POOL_3X3,
  AVG_POOL_3X3,
  SKIP_CONNECT,
  SEP_CONV_3X3,
  SEP_CONV_5X5,
  DIL_CONV_3X3,
  DIL_CONV_5X5,
  CONV_1X1,
  CONV_7X1_1X7,
  CONV_3X3,
  CONV_5X5,
  CONV_7X7,
  MSA,
  CSE;

  /** The reference's name, such as {@code sep_conv_3x3}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The operation with this name. */
  public static CellOperation of(String label) {
    return Arrays.stream(values())
        .filter(operation -> operation.label().equals(label))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no operation " + label));
  }

  /** Whether the reference's name has "conv" in it: it has parameters and mixes pixels. */
  boolean isConvolution() {
    return name().contains("CONV");
  }
}
