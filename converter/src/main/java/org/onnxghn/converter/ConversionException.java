package org.onnxghn.converter;

import org.onnxghn.onnx.OnnxGhnException;

/** A request to the converter is refused. Codes OG-4xx, see {@link Codes}. */
public final class ConversionException extends OnnxGhnException {
  /** See {@link OnnxGhnException}. */
  public ConversionException(String code, String message, String fix) {
    this(code, message, fix, null);
  }

  /** See {@link OnnxGhnException}. */
  public ConversionException(String code, String message, String fix, Throwable cause) {
    super(code, message, fix, cause);
  }
}
