package org.onnxghn.trainer.exec;

/**
 * Thrown by an {@link Emitter} for a form of its operator that the executor does not run; the
 * compiler collects these.
 */
public final class Unsupported extends RuntimeException {
  /**
   * @param reason what about the node cannot be run
   */
  public Unsupported(String reason) {
    super(reason, null, false, false);
  }
}
