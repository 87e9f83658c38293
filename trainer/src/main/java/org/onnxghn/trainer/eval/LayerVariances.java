package org.onnxghn.trainer.eval;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.stream.StreamSupport;

/**
 * Variances of a network's layers, from the input on.
 *
 * @param values those that are finite and above 0
 */
record LayerVariances(double[] values) {
  /** From an object with a number for each layer. */
  static LayerVariances of(JsonNode byLayer) {
    return new LayerVariances(
        StreamSupport.stream(byLayer.spliterator(), false)
            .filter(JsonNode::isNumber)
            .mapToDouble(JsonNode::asDouble)
            .filter(value -> value > 0)
            .toArray());
  }

  double geometricMean() {
    return Math.exp(Arrays.stream(values).map(Math::log).average().orElse(Double.NaN));
  }

  double min() {
    return Arrays.stream(values).min().orElse(Double.NaN);
  }

  double max() {
    return Arrays.stream(values).max().orElse(Double.NaN);
  }

  /** The decimal logarithm at a depth from 0, the input, to 1. */
  double logarithmAt(double depth) {
    int layer = (int) Math.min(values.length - 1, Math.floor(depth * values.length));
    return Math.log10(values[layer]);
  }
}
