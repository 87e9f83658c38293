package org.onnxghn.trainer.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.onnxghn.trainer.run.TrainingState;

/**
 * By what the loss is multiplied, so that float16 gradients do not vanish: doubled after a hundred
 * good steps, halved after one whose gradient is not finite, and never below 1024 (GHN3.md 10).
 */
final class LossScale {
  static final double INITIAL = 65536;
  static final double FLOOR = 1024;
  static final int GROWTH_INTERVAL = 100;

  private static final String VALUE = "lossScale";
  private static final String GOOD = "lossScaleGoodSteps";

  private final boolean active;
  private double value;
  private int goodSteps;

  /**
   * @param active whether there is anything to scale; otherwise it stays 1
   */
  LossScale(boolean active) {
    this.active = active;
    this.value = active ? INITIAL : 1;
  }

  double value() {
    return value;
  }

  /** After a step with a finite gradient. */
  void good() {
    if (active && ++goodSteps == GROWTH_INTERVAL) {
      value *= 2;
      goodSteps = 0;
    }
  }

  /**
   * After a step whose gradient was not finite.
   *
   * @return whether the scale was the likely reason: it could still be lowered
   */
  boolean overflowed() {
    goodSteps = 0;
    if (!active || value <= FLOOR) {
      return false;
    }
    value = Math.max(FLOOR, value / 2);
    return true;
  }

  Map<String, String> values() {
    Map<String, String> values = new LinkedHashMap<>();
    if (active) {
      values.put(VALUE, Double.toString(value));
      values.put(GOOD, Integer.toString(goodSteps));
    }
    return values;
  }

  /** A run that began without a scale, on a CPU, has none. */
  void restore(TrainingState state) {
    if (active && state.has(VALUE)) {
      value = state.decimal(VALUE);
      goodSteps = (int) state.number(GOOD);
    }
  }
}
