package org.onnxghn.trainer.train;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * CPU time by phase, of all threads that work. With one PyTorch thread for each of them this is all
 * of it.
 */
final class PhaseTimes {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private final Map<Phase, AtomicLong> nanos = new EnumMap<>(Phase.class);

  PhaseTimes() {
    for (Phase phase : Phase.values()) {
      nanos.put(phase, new AtomicLong());
    }
  }

  <T> T during(Phase phase, Supplier<T> work) {
    long start = THREADS.getCurrentThreadCpuTime();
    try {
      return work.get();
    } finally {
      nanos.get(phase).addAndGet(THREADS.getCurrentThreadCpuTime() - start);
    }
  }

  /** CPU-seconds so far. */
  Map<String, Double> seconds() {
    Map<String, Double> seconds = new java.util.LinkedHashMap<>();
    nanos.forEach((phase, sum) -> seconds.put(phase.toString(), sum.get() / 1e9));
    return seconds;
  }
}
