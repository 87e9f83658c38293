package org.onnxghn.converter.report;

import java.util.ArrayList;
import java.util.List;

/**
 * What a report says about a tensor's values; in double precision, NaN when the tensor is empty.
 *
 * @param mean of all elements
 * @param std standard deviation of all elements (divided by their number)
 * @param l2 square root of the sum of squares
 * @param first8 the first elements in stored order, at most eight
 */
public record TensorStatistics(double mean, double std, double l2, List<Double> first8) {
  /** Of a tensor as stored. */
  public static TensorStatistics of(float[] values) {
    double sum = 0;
    double squares = 0;
    for (float value : values) {
      sum += value;
      squares += (double) value * value;
    }
    double mean = sum / values.length;
    double deviations = 0;
    for (float value : values) {
      deviations += (value - mean) * (value - mean);
    }
    List<Double> first = new ArrayList<>();
    for (int i = 0; i < Math.min(8, values.length); i++) {
      first.add((double) values[i]);
    }
    return new TensorStatistics(
        mean, Math.sqrt(deviations / values.length), Math.sqrt(squares), List.copyOf(first));
  }
}
