package org.onnxghn.trainer.deepnets;

import org.onnxghn.onnx.OnnxGhnException;

/** Architectures cannot be used. */
public final class ArchitectureException extends OnnxGhnException {
  /** There are none. */
  public static final String NONE = "OG-530";

  /** Some files are no architectures that can be trained. */
  public static final String UNUSABLE = "OG-531";

  /** Training and evaluation would share an architecture. */
  public static final String OVERLAP = "OG-532";

  /** What is wrong, and what to do. */
  public ArchitectureException(String code, String message, String fix) {
    super(code, message, fix, null);
  }
}
