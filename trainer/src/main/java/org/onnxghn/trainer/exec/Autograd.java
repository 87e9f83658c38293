package org.onnxghn.trainer.exec;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;

/**
 * Grad mode of the calling thread, for the length of a try block, and backward. DJL's {@code
 * GradientCollector} exists once per JVM; this serves several threads.
 */
public final class Autograd implements AutoCloseable {
  private final boolean before;

  private Autograd(boolean recording) {
    before = JniUtils.isGradMode();
    JniUtils.setGradMode(recording);
  }

  /** Operations of this thread are recorded until the result is closed. */
  public static Autograd recording() {
    return new Autograd(true);
  }

  /** Operations of this thread are not recorded until the result is closed. */
  public static Autograd off() {
    return new Autograd(false);
  }

  /** Adds the gradients of a scalar to those of all leaves that it was computed from. */
  public static void backward(NDArray loss) {
    try (NDArray one = loss.onesLike()) {
      JniUtils.backward((PtNDArray) loss, (PtNDArray) one, false, false);
    }
  }

  @Override
  public void close() {
    JniUtils.setGradMode(before);
  }
}
