package org.onnxghn.converter.runtime;

import org.onnxghn.onnx.OnnxGhnException;

/** A model cannot be run on images. Codes OG-430 to OG-439. */
public final class InferenceException extends OnnxGhnException {
  /** The model does not take one batch of images, or its size is not known. */
  static final String NO_IMAGE_INPUT = "OG-430";

  /** ONNX Runtime does not load or run the model. */
  static final String RUNTIME = "OG-431";

  /** The model's output is not a score for each class of the data set. */
  static final String NOT_A_CLASSIFIER = "OG-432";

  /** Batch statistics are not finite. */
  static final String NOT_FINITE = "OG-433";

  /** ONNX Runtime does not know BatchNormalization of so old an operator set. */
  static final String OLD_OPSET = "OG-434";

  /** A run took longer than any honest model does. */
  static final String NO_END = "OG-435";

  /** See {@link OnnxGhnException}. */
  public InferenceException(String code, String message, String fix) {
    this(code, message, fix, null);
  }

  /** See {@link OnnxGhnException}. */
  public InferenceException(String code, String message, String fix, Throwable cause) {
    super(code, message, fix, cause);
  }

  /** ONNX Runtime's refusal of a model. */
  static InferenceException of(String what, ai.onnxruntime.OrtException cause) {
    return new InferenceException(
        RUNTIME,
        "ONNX Runtime does not run " + what + ": " + cause.getMessage(),
        "Check that the model runs in ONNX Runtime at all, and give --image-size if it expects"
            + " another size.",
        cause);
  }
}
