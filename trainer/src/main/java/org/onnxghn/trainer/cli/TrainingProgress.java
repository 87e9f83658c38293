package org.onnxghn.trainer.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.Consumer;
import org.onnxghn.converter.report.Escape;
import org.onnxghn.trainer.finetune.FineTuneObserver;
import org.onnxghn.trainer.finetune.FineTuneReport;
import org.onnxghn.trainer.finetune.Milestone;
import org.onnxghn.trainer.run.ProgressLine;

/** Shows on stderr how a run goes on. */
final class TrainingProgress implements FineTuneObserver {
  private final PrintWriter err;
  private final boolean terminal;
  private final Consumer<FineTuneReport> atEnd;
  private ProgressLine line;
  private boolean timed;

  /**
   * @param terminal whether somebody watches
   * @param atEnd what to do with the report
   */
  TrainingProgress(PrintWriter err, boolean terminal, Consumer<FineTuneReport> atEnd) {
    this.err = err;
    this.terminal = terminal;
    this.atEnd = atEnd;
  }

  @Override
  public void step(String name) {
    if (terminal) {
      err.println(Escape.message(name) + " …");
    }
  }

  @Override
  public void training(long step, long steps) {
    timed = steps < 0;
    line = new ProgressLine(err, terminal, "training", steps);
  }

  @Override
  public void trained(long step, double loss, double top1, double imagesPerSecond, double done) {
    String message =
        String.format(
            Locale.ROOT,
            "loss %.3f, top-1 %.1f %%, %.0f images/s",
            loss,
            100 * top1,
            imagesPerSecond);
    String share = String.format(Locale.ROOT, ", %.0f %% of the time", 100 * done);
    line.show(step, timed ? message + share : message);
  }

  @Override
  public void evaluated(Milestone milestone, boolean isBest) {
    String message =
        String.format(
            Locale.ROOT,
            "epoch %d: validation top-1 %.2f %%, top-5 %.2f %%, loss %.4f%s",
            milestone.epoch(),
            100 * milestone.top1(),
            100 * milestone.top5(),
            milestone.loss(),
            isBest ? ", the best so far" : "");
    if (line == null) {
      err.println(message);
    } else {
      line.note(message);
    }
  }

  @Override
  public void trainingEnded() {
    if (line != null) {
      line.close();
    }
  }

  @Override
  public void finished(FineTuneReport report) {
    atEnd.accept(report);
  }
}
