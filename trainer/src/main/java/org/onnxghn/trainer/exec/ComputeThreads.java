package org.onnxghn.trainer.exec;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import java.util.function.Supplier;

/**
 * How many threads PyTorch takes for one operation. Work that is already divided among threads of
 * its own wants one each; last bits of results depend on the number, so that it is put back.
 */
public final class ComputeThreads {
  private ComputeThreads() {}

  /** Does the work with the cores divided among so many workers. */
  public static <T> T dividedAmong(int workers, Supplier<T> work) {
    Engine.getEngine("PyTorch"); // Loads the library.
    int before = JniUtils.getNumThreads();
    JniUtils.setNumThreads(
        Math.max(1, Runtime.getRuntime().availableProcessors() / Math.max(1, workers)));
    try {
      return work.get();
    } finally {
      JniUtils.setNumThreads(before);
    }
  }
}
