package org.onnxghn.converter.runtime;

import java.util.LinkedHashMap;
import java.util.Map;
import org.onnxghn.onnx.StoredTensor;

/**
 * Averages of batch statistics, each batch and each use of a layer with the same weight: PyTorch's
 * BatchNorm with {@code momentum=None}.
 */
final class RunningStatistics {
  private static final class Sum {
    private final double[] values;
    private int count;

    private Sum(int length) {
      values = new double[length];
    }
  }

  private final Map<String, Sum> sums = new LinkedHashMap<>();

  /**
   * Adds what one batch has.
   *
   * @throws InferenceException OG-431 when the batch has another number of channels than the
   *     tensor, OG-433 when a value is not finite
   */
  void add(StoredTensor tensor, float[] batch) {
    if (batch.length != tensor.shape().elements()) {
      throw new InferenceException(
          InferenceException.RUNTIME,
          "running statistic %s has %s elements, but its input has %d channels"
              .formatted(tensor.name(), tensor.shape(), batch.length),
          "The model is damaged; export it again.");
    }
    Sum sum = sums.computeIfAbsent(tensor.name(), name -> new Sum(batch.length));
    for (int i = 0; i < batch.length; i++) {
      if (!Float.isFinite(batch[i])) {
        throw new InferenceException(
            InferenceException.NOT_FINITE,
            "the batch statistics for %s are not finite (channel %d)".formatted(tensor.name(), i),
            "The network's values explode before that layer: look at its weights, and at --mean and"
                + " --std.");
      }
      sum.values[i] += batch[i];
    }
    sum.count++;
  }

  /** By {@link StoredTensor#name}. */
  Map<String, float[]> averages() {
    Map<String, float[]> averages = new LinkedHashMap<>();
    sums.forEach(
        (name, sum) -> {
          float[] values = new float[sum.values.length];
          for (int i = 0; i < values.length; i++) {
            values[i] = (float) (sum.values[i] / sum.count);
          }
          averages.put(name, values);
        });
    return averages;
  }
}
