package org.onnxghn.trainer.deepnets;

/** Mean and standard deviation. */
public record Spread(double mean, double std) {
  /** Of all the values, not of a sample. */
  public static Spread of(double... values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    double mean = sum / Math.max(1, values.length);
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    return new Spread(mean, Math.sqrt(squares / Math.max(1, values.length)));
  }
}
