package org.onnxghn.trainer.train;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.onnxghn.trainer.eval.ZeroShot;
import org.onnxghn.trainer.run.Curves;
import org.onnxghn.trainer.run.MetricsLog;
import org.onnxghn.trainer.run.RunFolder;
import org.onnxghn.trainer.run.TensorBoardLog;

/** The course of a run: {@code metrics.jsonl} (shared/JSON.md), TensorBoard, curves. */
final class RunRecord implements AutoCloseable {
  /** Those of a line that are curves. */
  private static final List<String> SCALARS =
      List.of(
          "loss",
          "crossEntropy",
          "parameterNorm",
          "top1",
          "gradientNorm",
          "learningRate",
          "networksPerSecond",
          "waitingShare",
          "skippedSteps");

  private final RunFolder folder;
  private final MetricsLog metrics;
  private final TensorBoardLog tensorBoard;
  private long lineStart = System.nanoTime();
  private double waitingBefore;
  private double loss;
  private double top1;
  private double networksPerSecond;

  RunRecord(RunFolder folder, long lastStep) {
    this.folder = folder;
    this.metrics = MetricsLog.open(folder, lastStep);
    this.tensorBoard = new TensorBoardLog(folder, lastStep);
  }

  double loss() {
    return loss;
  }

  double top1() {
    return top1;
  }

  double networksPerSecond() {
    return networksPerSecond;
  }

  /**
   * A line with the means since the last one; no numbers where there was no good step.
   *
   * @param validation at this step, or null
   */
  void log(
      TrainingProgress progress,
      int batchesOfEpoch,
      double learningRate,
      ZeroShot.Summary validation) {
    long now = System.nanoTime();
    double span = (now - lineStart) / 1e9;
    double n = progress.summed;
    loss = progress.sums[0] / n;
    top1 = progress.sums[3] / n;
    networksPerSecond = progress.networks / span;
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", progress.step);
    line.put(
        "epoch", progress.position.epoch() + (double) progress.position.batch() / batchesOfEpoch);
    line.put("learningRate", learningRate);
    line.put("loss", loss);
    line.put("crossEntropy", progress.sums[1] / n);
    line.put("parameterNorm", progress.sums[2] / n);
    line.put("top1", top1);
    line.put("gradientNorm", progress.sums[4] / n);
    line.put("seconds", progress.seconds);
    line.put("networksPerSecond", networksPerSecond);
    line.put("waitingShare", (progress.waiting - waitingBefore) / span);
    line.put("skippedSteps", progress.skipped);
    if (validation != null) {
      line.put("valTop1", validation.mean());
      line.put("valStd", validation.std());
      line.put("valMax", validation.max());
      line.put("valNetworks", validation.networks());
      tensorBoard.scalar("val/top1", validation.mean(), progress.step);
    }
    metrics.append(line);
    for (String tag : SCALARS) {
      double value = ((Number) line.get(tag)).doubleValue();
      if (Double.isFinite(value)) {
        tensorBoard.scalar("train/" + tag, value, progress.step);
      }
    }
    waitingBefore = progress.waiting;
    lineStart = now;
    Arrays.fill(progress.sums, 0);
    progress.summed = 0;
    progress.networks = 0;
  }

  /** Other work than training: its time is none of the line's. */
  <T> T apart(Supplier<T> work) {
    long start = System.nanoTime();
    try {
      return work.get();
    } finally {
      lineStart += System.nanoTime() - start;
    }
  }

  void drawCurves() {
    Curves.write(
        folder,
        "curves",
        "Training of " + folder.path().getFileName(),
        "cross-entropy",
        List.of(
            new Curves.Curve("cross-entropy", "crossEntropy", false),
            new Curves.Curve("training accuracy", "top1", true),
            new Curves.Curve("zero-shot accuracy on val", "valTop1", true)));
  }

  @Override
  public void close() {
    metrics.close();
    tensorBoard.close();
  }
}
