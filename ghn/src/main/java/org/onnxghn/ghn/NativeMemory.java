package org.onnxghn.ghn;

import ai.djl.engine.EngineException;

/** PyTorch's memory, which is not that of the heap. */
public final class NativeMemory {
  private NativeMemory() {}

  /**
   * The refusal for a failure that is a lack of it; null for any other failure. PyTorch throws the
   * same exception for everything, so that its words must tell.
   */
  public static GhnException shortage(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    boolean isShort =
        failure instanceof EngineException
            && (message.contains("can't allocate memory") || message.contains("out of memory"));
    return isShort
        ? new GhnException(
            "OG-352",
            "there is not enough memory outside of the heap",
            "use a machine or GPU with more, a smaller checkpoint or batch, or a smaller heap such"
                + " as ONNX_GHN_JAVA_OPTS=-Xmx2g")
        : null;
  }
}
