package org.onnxghn.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ExecutorService;
import org.junit.jupiter.api.Test;

class BackgroundTest {
  private static int depth(int more) {
    return more == 0 ? 0 : 1 + depth(more - 1);
  }

  @Test
  void threadsHaveRoomForDeepRecursionAndDoNotKeepTheJvm() {
    ExecutorService threads = Background.threads(1, "test");
    try {
      assertThat(Background.get(threads.submit(() -> depth(100_000)), "work")).isEqualTo(100_000);
      assertThat(Background.get(threads.submit(() -> Thread.currentThread().isDaemon()), "work"))
          .isTrue();
    } finally {
      threads.shutdown();
    }
  }
}
