package org.onnxghn.trainer.finetune;

import org.onnxghn.onnx.OnnxGhnException;

/** Fine-tuning is refused, or cannot go on. Codes OG-520 to OG-529. */
public final class FineTuneException extends OnnxGhnException {
  /** An option is out of range, or contradicts another. */
  public static final String OPTION = "OG-520";

  /** The model has another number of classes than the data. */
  public static final String CLASSES = "OG-521";

  /** The model is no image classifier that can be trained. */
  public static final String MODEL = "OG-522";

  /** The loss or the gradient is not finite any more. */
  public static final String NOT_FINITE = "OG-523";

  /** The validation images do not fit the training images. */
  public static final String VALIDATION = "OG-524";

  /** The classifier cannot be replaced. */
  public static final String NEW_HEAD = "OG-525";

  /** A run is to be resumed with another model, other data or other options. */
  public static final String RESUME = "OG-526";

  /** The executor and ONNX Runtime do not agree on the result. A finding. */
  public static final String DISAGREEMENT = "OG-527";

  /** The device is not there. */
  public static final String DEVICE = "OG-528";

  /** Some parameters of the model stay as they are. A finding. */
  public static final String KEPT = "OG-529";

  FineTuneException(String code, String message, String fix) {
    this(code, message, fix, null);
  }

  FineTuneException(String code, String message, String fix, Throwable cause) {
    super(code, message, fix, cause);
  }
}
