package org.onnxghn.trainer.run;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Says when a run is to end early: by Ctrl-C (SIGINT) or SIGTERM, or when its time is up. The JVM
 * waits at most a minute after a signal, until {@link #close} says that all is stored.
 */
public final class StopRequest implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  /** For the report, which follows when all is stored. */
  private static final long REPORT_MILLIS = 1000;

  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook = new Thread(this::onSignal, "onnx-ghn-stop");
  private final Duration limit;
  private final Thread owner = Thread.currentThread();
  private final long start = System.nanoTime();
  private final Duration before;
  private volatile boolean interrupted;

  /**
   * @param limit of the whole run, or null for none
   * @param before what earlier parts of a resumed run took of it
   */
  public StopRequest(Duration limit, Duration before) {
    this.limit = limit;
    this.before = before;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void onSignal() {
    interrupted = true;
    try {
      closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
      owner.join(REPORT_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the run is to end now. */
  public boolean isRequested() {
    return interrupted || timeIsUp();
  }

  /** Whether it was a signal, and not the time. */
  public boolean isInterrupted() {
    return interrupted;
  }

  private boolean timeIsUp() {
    return limit != null && elapsed().compareTo(limit) >= 0;
  }

  /** Time of the run so far, with the earlier parts of it. */
  public Duration elapsed() {
    return before.plusNanos(System.nanoTime() - start);
  }

  /** The share of the time that is used, from 0 to 1; 0 without a limit. */
  public double fractionOfTime() {
    return limit == null ? 0 : Math.min(1, (double) elapsed().toNanos() / limit.toNanos());
  }

  /** All is stored: the JVM may end, as soon as a report had time to be printed. */
  @Override
  public void close() {
    closed.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is already ending, because of the signal.
    }
  }
}
