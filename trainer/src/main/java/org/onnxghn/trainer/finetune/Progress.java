package org.onnxghn.trainer.finetune;

import java.util.Map;
import org.onnxghn.trainer.data.Position;
import org.onnxghn.trainer.run.TrainingState;

/** How far a run is: all of its state that is no tensor. */
final class Progress {
  private static final Milestone NOTHING = new Milestone(0, 0, -1, -1, Double.POSITIVE_INFINITY);

  /** Steps taken. */
  long step;

  /** The next batch. */
  Position position = Position.START;

  /** Whether the epoch that just ended has not been evaluated yet. */
  boolean evaluationDue;

  /** Whether training is over. */
  boolean finished;

  /** Seconds of training and evaluation so far. */
  double seconds;

  /** Since the last line of metrics. */
  final Tally tally = new Tally();

  Milestone best = NOTHING;
  Milestone last = NOTHING;

  /** Whether any epoch has been evaluated. */
  boolean hasBest() {
    return best.top1() >= 0;
  }

  Map<String, String> store(Map<String, String> values) {
    values.put("step", Long.toString(step));
    values.put("position.epoch", Integer.toString(position.epoch()));
    values.put("position.batch", Integer.toString(position.batch()));
    values.put("evaluationDue", evaluationDue ? "1" : "0");
    values.put("finished", finished ? "1" : "0");
    values.put("seconds", Double.toString(seconds));
    tally.store(values);
    store(values, "best.", best);
    store(values, "last.", last);
    return values;
  }

  private static void store(Map<String, String> values, String prefix, Milestone milestone) {
    values.put(prefix + "epoch", Integer.toString(milestone.epoch()));
    values.put(prefix + "step", Long.toString(milestone.step()));
    values.put(prefix + "top1", Double.toString(milestone.top1()));
    values.put(prefix + "top5", Double.toString(milestone.top5()));
    values.put(prefix + "loss", Double.toString(milestone.loss()));
  }

  void restore(TrainingState state) {
    step = state.smallCount("step");
    position = new Position(state.smallCount("position.epoch"), state.smallCount("position.batch"));
    evaluationDue = state.number("evaluationDue") == 1;
    finished = state.number("finished") == 1;
    seconds = state.seconds("seconds");
    tally.restore(state);
    best = milestone(state, "best.");
    last = milestone(state, "last.");
  }

  private static Milestone milestone(TrainingState state, String prefix) {
    return new Milestone(
        (int) state.number(prefix + "epoch"),
        state.number(prefix + "step"),
        state.decimal(prefix + "top1"),
        state.decimal(prefix + "top5"),
        state.decimal(prefix + "loss"));
  }
}
