package org.onnxghn.ghn;

import org.onnxghn.onnx.OnnxGhnException;

/** A {@link GhnConfig} is refused. Codes OG-300 to OG-309. */
public final class GhnConfigException extends OnnxGhnException {
  /** A number of the configuration is outside its range, or does not fit the others. */
  public static final String INVALID = "OG-300";

  /** No preset has this name. */
  public static final String UNKNOWN_PRESET = "OG-301";

  GhnConfigException(String code, String message, String fix) {
    super(code, message, fix, null);
  }
}
