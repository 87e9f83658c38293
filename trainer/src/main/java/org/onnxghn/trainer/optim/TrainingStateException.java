package org.onnxghn.trainer.optim;

import org.onnxghn.onnx.OnnxGhnException;

/** A stored state does not fit the run that it is to continue. */
public final class TrainingStateException extends OnnxGhnException {
  /** A tensor of the state is missing or has another shape. */
  public static final String MISFIT = "OG-512";

  /** What does not fit, and what to do. */
  public TrainingStateException(String message, String fix) {
    super(MISFIT, message, fix, null);
  }
}
