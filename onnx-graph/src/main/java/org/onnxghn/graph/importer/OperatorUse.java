package org.onnxghn.graph.importer;

import java.util.Locale;

/** What the computational graph makes of an operator. */
public enum OperatorUse {
  /** Owns parameters that become graph nodes. */
  LAYER,
  /** Becomes a node without a parameter. */
  PRIMITIVE,
  /** One data input flows through; contracted. */
  TRANSPARENT,
  /** Several data inputs flow together; contracted. */
  MERGE,
  /** Its output is a shape, an index or a boolean, and carries no data flow. */
  SHAPE,
  /** Makes a tensor without data input. */
  SOURCE,
  /** Runs subgraphs. */
  CONTROL,
  /** Lets data through, but what it owns or does has no primitive. */
  UNSUPPORTED,
  /** Classical machine learning: no neural parameters. */
  CLASSICAL;

  /** As it stands in our output, such as {@code transparent}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
