package org.onnxghn.converter.runtime;

/**
 * Threads for work with ONNX Runtime and PyTorch: both walk graphs by recursion, and where the
 * stack ends, the process does. A chain of some thousand operators is enough for the stack that
 * Java gives a thread.
 */
public final class DeepStack {
  /** Address space, of which memory is taken only as far as the stack grows. */
  private static final long BYTES = 1L << 30;

  private DeepStack() {}

  /** A thread that has not started yet. */
  public static Thread thread(Runnable work, String name) {
    return new Thread(null, work, name, BYTES);
  }
}
