package org.onnxghn.trainer.train;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * CPU time by phase, of all threads that work, and the rest of the process: images, validation, the
 * JVM, and PyTorch's threads where a worker has more than one.
 */
final class PhaseTimes {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final OperatingSystemMXBean PROCESS =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private final Map<Phase, AtomicLong> nanos = new EnumMap<>(Phase.class);
  private final long start = PROCESS.getProcessCpuTime();

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
    Map<String, Double> seconds = new LinkedHashMap<>();
    nanos.forEach((phase, sum) -> seconds.put(phase.toString(), sum.get() / 1e9));
    double all = (PROCESS.getProcessCpuTime() - start) / 1e9;
    double phases = seconds.values().stream().mapToDouble(Double::doubleValue).sum();
    seconds.put("rest", Math.max(0, all - phases));
    return seconds;
  }
}
