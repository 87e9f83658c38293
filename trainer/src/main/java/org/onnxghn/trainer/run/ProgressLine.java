package org.onnxghn.trainer.run;

import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** How far a run is: a bar on a terminal, else a line every half minute. */
public final class ProgressLine implements AutoCloseable {
  private static final long QUIET_NANOS = 30_000_000_000L;
  private static final int WIDTH = 110;

  private final PrintWriter out;
  private final String task;
  private final long total;
  private final ProgressBar bar;
  private final long start = System.nanoTime();
  private long first = -1;
  private long lastLine = start;

  /**
   * @param out stderr
   * @param terminal whether somebody watches
   * @param task what is done, in a word
   * @param total steps, or a negative number where time decides
   */
  public ProgressLine(PrintWriter out, boolean terminal, String task, long total) {
    this.out = out;
    this.task = task;
    this.total = total;
    this.bar = terminal ? bar() : null;
  }

  private ProgressBar bar() {
    return new ProgressBarBuilder()
        .setTaskName(task)
        .setInitialMax(total)
        .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BAR)
        .setUpdateIntervalMillis(500)
        .setMaxRenderedLength(WIDTH)
        .setConsumer(
            new DelegatingProgressBarConsumer(
                line -> {
                  out.print("\r" + line);
                  out.flush();
                },
                WIDTH))
        .build();
  }

  /**
   * Shows the state.
   *
   * @param step done so far
   * @param message loss, accuracy and speed
   */
  public void show(long step, String message) {
    if (bar != null) {
      bar.stepTo(step);
      bar.setExtraMessage(message);
      return;
    }
    long now = System.nanoTime();
    if (first < 0) {
      first = step;
    }
    if (now - lastLine >= QUIET_NANOS) {
      lastLine = now;
      line(step, message);
    }
  }

  /** A line that stays, such as the result of an epoch. */
  public void note(String message) {
    if (bar != null) {
      out.print("\r" + " ".repeat(WIDTH) + "\r");
    }
    out.println(message);
  }

  private void line(long step, String message) {
    String left = "";
    if (total > 0 && step > first) {
      double each = (System.nanoTime() - start) / 1e9 / (step - first);
      left = ", " + duration((long) (each * (total - step))) + " left";
    }
    String of = total > 0 ? "/" + total : "";
    out.println(task + " " + step + of + (message.isEmpty() ? "" : ": " + message) + left);
  }

  /** Such as 1:02:03, or 2:03. */
  public static String duration(long seconds) {
    return seconds < 3600
        ? String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60)
        : String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      out.println();
    }
  }
}
