package org.onnxghn.onnx;

/**
 * An ONNX file or graph is refused: damaged, hostile, over a limit, or against the ONNX
 * specification. Codes OG-1xx.
 */
public final class OnnxException extends OnnxGhnException {
  /** See {@link OnnxGhnException}. */
  public OnnxException(String code, String message, String fix) {
    this(code, message, fix, null);
  }

  /** See {@link OnnxGhnException}. */
  public OnnxException(String code, String message, String fix, Throwable cause) {
    super(code, message, fix, cause);
  }
}
