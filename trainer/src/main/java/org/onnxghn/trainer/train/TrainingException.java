package org.onnxghn.trainer.train;

import org.onnxghn.onnx.OnnxGhnException;

/** A hypernetwork cannot be trained as asked. */
public final class TrainingException extends OnnxGhnException {
  /** The configuration is not understood. */
  public static final String CONFIG = "OG-540";

  /** A target network cannot be used. */
  public static final String NETWORK = "OG-541";

  /** The loss is not finite too often. */
  public static final String NOT_FINITE = "OG-542";

  /** The data do not fit the configuration. */
  public static final String DATA = "OG-543";

  /** The devices are not there. */
  public static final String DEVICE = "OG-544";

  /** What is wrong, and what to do. */
  public TrainingException(String code, String message, String fix) {
    super(code, message, fix, null);
  }

  TrainingException(String code, String message, String fix, Throwable cause) {
    super(code, message, fix, cause);
  }
}
