package org.onnxghn.graph.importer;

import org.onnxghn.onnx.ModelLimits;
import org.onnxghn.onnx.OnnxException;

/**
 * How much inlining may make of a file: functions that call each other multiply what is in them, so
 * that a small file can describe a network of any size.
 */
final class InliningBudget {
  /** Twice what a file may hold. */
  private static final long MAX_OPERATORS = 2L * ModelLimits.DEFAULT.nodes();

  /** As many as a file may hold of anything. */
  private static final long MAX_PARTS = ModelLimits.DEFAULT.messages();

  private long operators;
  private long parts;

  /**
   * Counts what is about to be visited, also where it leaves no operator behind, as calls of
   * functions without nodes do.
   *
   * @param moreParts their inputs, outputs and attributes, with what these list
   */
  void spend(int moreOperators, long moreParts) {
    operators += moreOperators;
    parts += moreParts;
    if (operators > MAX_OPERATORS) {
      throw tooMany(MAX_OPERATORS + " operators");
    }
    if (parts > MAX_PARTS) {
      throw tooMany(MAX_PARTS + " inputs, outputs and attributes of operators");
    }
  }

  private static OnnxException tooMany(String what) {
    return new OnnxException(
        ImportCodes.TOO_MANY_OPERATORS,
        "the model has more than " + what + " once its functions are inlined",
        "Split the model, or export it without nested functions.");
  }
}
