package org.onnxghn.ghn;

import org.onnxghn.onnx.OnnxGhnException;

/** A hypernetwork cannot predict for this graph, or with so little memory. Codes OG-35x. */
public final class GhnException extends OnnxGhnException {
  /** See {@link OnnxGhnException}. */
  public GhnException(String code, String message, String fix) {
    super(code, message, fix, null);
  }
}
