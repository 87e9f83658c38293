package org.onnxghn.trainer.exec;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.function.Supplier;

/**
 * Grad mode of the calling thread while something is computed, and backward. DJL's {@code
 * GradientCollector} exists once per JVM; this serves several threads.
 */
public final class Autograd {
  private Autograd() {}

  /** Computes with operations recorded, so that {@link #backward} can go back through them. */
  public static <T> T recording(Supplier<T> computation) {
    return with(true, computation);
  }

  /** Computes without recording, which takes less memory. */
  public static <T> T off(Supplier<T> computation) {
    return with(false, computation);
  }

  private static <T> T with(boolean recording, Supplier<T> computation) {
    boolean before = JniUtils.isGradMode();
    JniUtils.setGradMode(recording);
    try {
      return computation.get();
    } finally {
      JniUtils.setGradMode(before);
    }
  }

  /** Adds the gradients of a scalar to those of all leaves that it was computed from. */
  public static void backward(NDArray loss) {
    try (NDArray one = loss.onesLike()) {
      JniUtils.backward((PtNDArray) loss, (PtNDArray) one, false, false);
    }
  }
}
