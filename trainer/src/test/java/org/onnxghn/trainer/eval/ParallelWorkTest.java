package org.onnxghn.trainer.eval;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Networks that are evaluated at the same time, when one of them fails. */
class ParallelWorkTest {
  @Test
  void anErrorIsThrownAsItIs() {
    assertThatThrownBy(
            () ->
                ZeroShot.each(
                    2,
                    2,
                    index -> {
                      throw new OutOfMemoryError("of a test");
                    },
                    done -> {}))
        .isInstanceOf(OutOfMemoryError.class)
        .hasMessage("of a test");
  }

  @Test
  @Timeout(30)
  void workThatFailsEndsTheOther() {
    CountDownLatch begun = new CountDownLatch(1);
    try (ResultsLog log = ResultsLog.inMemory(notice -> {})) {
      assertThatThrownBy(
              () ->
                  ZeroShot.each(
                      2,
                      2,
                      index ->
                          log.once(
                              "network " + index,
                              () -> index == 0 ? lasting(log, begun) : failing(begun)),
                      done -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("of a test");
    }
  }

  /** As a long training: looks now and then whether it is to end. */
  private static ObjectNode lasting(ResultsLog log, CountDownLatch begun) {
    begun.countDown();
    while (!log.isStopped() && !Thread.currentThread().isInterrupted()) {
      Thread.onSpinWait();
    }
    return new ObjectMapper().createObjectNode();
  }

  private static ObjectNode failing(CountDownLatch begun) {
    while (begun.getCount() > 0) {
      Thread.onSpinWait();
    }
    throw new IllegalArgumentException("of a test");
  }
}
