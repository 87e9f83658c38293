package org.onnxghn.trainer.run;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.onnxghn.converter.runtime.DeepStack;

/** Work of other threads. */
public final class Background {
  private Background() {}

  /** Threads that do not keep the JVM from ending, and may call PyTorch with any network. */
  public static ExecutorService threads(int count, String name) {
    return Executors.newFixedThreadPool(
        count,
        task -> {
          Thread thread = DeepStack.thread(task, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  /**
   * Waits for a result. What the work threw is thrown here as it is: also an {@link
   * OutOfMemoryError}, which commands have advice for.
   *
   * @param what the work is
   * @throws IllegalStateException when the waiting thread is interrupted
   */
  public static <T> T get(Future<T> work, String what) {
    try {
      return work.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + what, e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(what + " failed", e.getCause());
    }
  }
}
