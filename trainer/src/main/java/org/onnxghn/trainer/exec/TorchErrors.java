package org.onnxghn.trainer.exec;

import ai.djl.engine.EngineException;

/** What of PyTorch's long messages a user can use. */
final class TorchErrors {
  private TorchErrors() {}

  /** The line that says what went wrong. */
  static String summary(EngineException error) {
    String message = String.valueOf(error.getMessage());
    int cause = message.lastIndexOf("RuntimeError: ");
    String tail = cause < 0 ? message : message.substring(cause + "RuntimeError: ".length());
    int end = tail.indexOf('\n');
    return end < 0 ? tail : tail.substring(0, end);
  }
}
