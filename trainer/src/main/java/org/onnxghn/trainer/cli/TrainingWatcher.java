package org.onnxghn.trainer.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.onnxghn.trainer.run.ProcessMemory;
import org.onnxghn.trainer.run.ProgressLine;
import org.onnxghn.trainer.train.TrainingObserver;

/** Shows on stderr how the run goes on. */
final class TrainingWatcher implements TrainingObserver, AutoCloseable {
  private final PrintWriter err;
  private final boolean terminal = System.console() != null;
  private String task;
  private ProgressLine line;
  private long firstNanos;
  private double firstProgress = -1;

  TrainingWatcher(PrintWriter err) {
    this.err = err;
  }

  @Override
  public void preparing(String what, long done, long total) {
    begin(what, total);
    line.show(done, "");
  }

  @Override
  public void begins(long steps, int images) {
    begin("training", steps);
  }

  /** One task after the other has the line. */
  private void begin(String next, long total) {
    if (!next.equals(task)) {
      close();
      task = next;
      line = new ProgressLine(err, terminal, next, total);
    }
  }

  @Override
  public void step(
      long step, long steps, double loss, double top1, double perSecond, double progress) {
    String message =
        String.format(
            Locale.ROOT,
            "loss %.3f, top-1 %.1f %%, %.1f networks/s, %d MB",
            loss,
            100 * top1,
            perSecond,
            ProcessMemory.resident() >> 20);
    line.show(step, steps < 0 ? message + timeLeft(progress) : message);
  }

  /** Where time decides, the line does not know it. */
  private String timeLeft(double progress) {
    if (firstProgress < 0) {
      firstProgress = progress;
      firstNanos = System.nanoTime();
      return "";
    }
    double passed = (System.nanoTime() - firstNanos) / 1e9;
    double left = passed * (1 - progress) / Math.max(1e-9, progress - firstProgress);
    return String.format(
        Locale.ROOT,
        ", %.0f %% done, %s left",
        100 * progress,
        ProgressLine.duration(Math.round(left)));
  }

  @Override
  public void validated(long step, double top1, boolean best) {
    line.note(
        String.format(
            Locale.ROOT,
            "step %d: zero-shot accuracy on val %.2f %%%s",
            step,
            100 * top1,
            best ? ", the best so far" : ""));
  }

  @Override
  public void note(String message) {
    if (line == null) {
      err.println(message);
      err.flush();
    } else {
      line.note(message);
    }
  }

  @Override
  public void close() {
    if (line != null) {
      line.close();
    }
  }
}
