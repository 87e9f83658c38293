package org.onnxghn.trainer.exec;

import org.onnxghn.onnx.OnnxGhnException;

/**
 * Thrown by an {@link Emitter} for a form of its operator that the executor does not run; the
 * compiler collects these.
 */
public final class Unsupported extends OnnxGhnException {
  /**
   * @param reason what about the node cannot be run
   */
  public Unsupported(String reason) {
    super(
        ExecutorException.UNSUPPORTED,
        reason,
        "See SUPPORTED_OPS.md for what the executor runs.",
        null);
  }
}
