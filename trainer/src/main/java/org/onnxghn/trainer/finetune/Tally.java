package org.onnxghn.trainer.finetune;

import java.util.Map;
import org.onnxghn.trainer.run.TrainingState;

/** Sums over some steps. */
final class Tally {
  private double loss;
  private double norm;
  private long hits;
  private long images;
  private long steps;

  void add(TrainingStep.Outcome outcome, int batch) {
    loss += outcome.loss() * batch;
    norm += outcome.gradientNorm();
    hits += outcome.hits();
    images += batch;
    steps++;
  }

  void clear() {
    loss = 0;
    norm = 0;
    hits = 0;
    images = 0;
    steps = 0;
  }

  long images() {
    return images;
  }

  long steps() {
    return steps;
  }

  /** Mean over images. */
  double loss() {
    return loss / images;
  }

  /** Share of images. */
  double top1() {
    return (double) hits / images;
  }

  /** Mean over steps. */
  double norm() {
    return norm / steps;
  }

  void store(Map<String, String> values) {
    values.put("tally.loss", Double.toString(loss));
    values.put("tally.norm", Double.toString(norm));
    values.put("tally.hits", Long.toString(hits));
    values.put("tally.images", Long.toString(images));
    values.put("tally.steps", Long.toString(steps));
  }

  void restore(TrainingState state) {
    loss = state.decimal("tally.loss");
    norm = state.decimal("tally.norm");
    hits = state.number("tally.hits");
    images = state.number("tally.images");
    steps = state.number("tally.steps");
  }
}
