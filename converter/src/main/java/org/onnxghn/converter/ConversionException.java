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

  /** For a heap that is too small, with the size that is worth a try. */
  public static ConversionException outOfMemory() {
    long megabytes = Runtime.getRuntime().maxMemory() >> 20;
    return new ConversionException(
        Codes.OUT_OF_MEMORY,
        "the heap of %,d MB is too small for this model".formatted(megabytes),
        "Set a larger one, such as ONNX_GHN_JAVA_OPTS=-Xmx%dg."
            .formatted(Math.max(4, megabytes / 512)));
  }
}
