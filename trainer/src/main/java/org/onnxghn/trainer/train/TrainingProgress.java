package org.onnxghn.trainer.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.onnxghn.trainer.data.Position;
import org.onnxghn.trainer.run.TrainingState;

/** How far a run is, and what it has seen since the last line of metrics. */
final class TrainingProgress {
  long step;
  Position position = Position.START;
  double seconds;
  double waiting;
  double best = -1;
  long bestStep;
  long validatedStep;
  long skipped;
  int skippedInARow;
  long tooLarge;
  int tooLargeInARow;

  /** Sums since the last line: loss, entropy, norm, top1, gradient norm. */
  final double[] sums = new double[5];

  int summed;

  /** Since the last line, or since the run went on: what speed is of. */
  int networks;

  void add(MetaBatchStep.Outcome outcome, double gradientNorm, int count) {
    sums[0] += outcome.loss();
    sums[1] += outcome.entropy();
    sums[2] += outcome.norm();
    sums[3] += outcome.top1();
    sums[4] += gradientNorm;
    summed++;
    networks += count;
  }

  Map<String, String> values() {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("step", Long.toString(step));
    values.put("epoch", Integer.toString(position.epoch()));
    values.put("batch", Integer.toString(position.batch()));
    values.put("seconds", Double.toString(seconds));
    values.put("best", Double.toString(best));
    values.put("bestStep", Long.toString(bestStep));
    values.put("validatedStep", Long.toString(validatedStep));
    values.put("skipped", Long.toString(skipped));
    values.put("skippedInARow", Integer.toString(skippedInARow));
    values.put("tooLarge", Long.toString(tooLarge));
    values.put("tooLargeInARow", Integer.toString(tooLargeInARow));
    values.put("summed", Integer.toString(summed));
    for (int i = 0; i < sums.length; i++) {
      values.put("sum" + i, Double.toString(sums[i]));
    }
    return values;
  }

  void restore(TrainingState state) {
    step = state.smallCount("step");
    position = new Position(state.smallCount("epoch"), state.smallCount("batch"));
    seconds = state.seconds("seconds");
    best = state.decimal("best");
    bestStep = state.count("bestStep");
    validatedStep = state.count("validatedStep");
    skipped = state.count("skipped");
    skippedInARow = state.smallCount("skippedInARow");
    tooLarge = state.count("tooLarge");
    tooLargeInARow = state.smallCount("tooLargeInARow");
    summed = state.smallCount("summed");
    for (int i = 0; i < sums.length; i++) {
      sums[i] = state.decimal("sum" + i);
    }
  }
}
