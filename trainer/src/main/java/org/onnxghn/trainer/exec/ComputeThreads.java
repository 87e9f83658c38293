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

  /** Cores to use: as many as DJL was told, by OMP_NUM_THREADS too, else all. */
  public static int cores() {
    return Integer.getInteger(
        "ai.djl.pytorch.num_threads", Runtime.getRuntime().availableProcessors());
  }

  /** Does the work with the cores divided among so many workers. */
  public static <T> T dividedAmong(int workers, Supplier<T> work) {
    Engine.getEngine("PyTorch"); // Loads the library.
    int before = JniUtils.getNumThreads();
    JniUtils.setNumThreads(Math.max(1, cores() / Math.max(1, workers)));
    try {
      return work.get();
    } finally {
      JniUtils.setNumThreads(before);
    }
  }
}
