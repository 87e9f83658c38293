package org.onnxghn.ghn.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/** Bilinear enlargement of kernels (GHN3.md 4.3e), as two matrix products. */
final class Interpolation {
  private Interpolation() {}

  /** (outputs, inputs, s, t) gives (outputs, inputs, height, width). */
  static NDArray enlarge(NDArray x, int height, int width, NDManager manager) {
    NDArray rows = weights(x.getShape().get(2), height, x, manager);
    NDArray columns = weights(x.getShape().get(3), width, x, manager);
    long outputs = x.getShape().get(0);
    long inputs = x.getShape().get(1);
    NDArray flat = x.reshape(outputs * inputs, x.getShape().get(2), x.getShape().get(3));
    return flat.matMul(columns.transpose())
        .transpose(0, 2, 1)
        .matMul(rows.transpose())
        .transpose(0, 2, 1)
        .reshape(outputs, inputs, height, width);
  }

  /** (size, old size): row i has the shares of the old positions in the new position i. */
  private static NDArray weights(long from, int size, NDArray like, NDManager manager) {
    double[] weights = new double[Math.toIntExact(Math.multiplyExact(size, from))];
    for (int i = 0; i < size; i++) {
      double place = Math.max(0, (i + 0.5) * from / size - 0.5);
      int left = (int) Math.min(from - 1, (long) place);
      int right = (int) Math.min(from - 1, left + 1L);
      double share = Math.min(1, place - left);
      weights[(int) (i * from) + left] += 1 - share;
      weights[(int) (i * from) + right] += share;
    }
    return manager.create(weights, new Shape(size, from)).toType(like.getDataType(), false);
  }
}
