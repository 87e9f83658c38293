package org.onnxghn.ghn.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Random;

/**
 * The first row of a (1, length, channels) position encoding that is longer than the square grid
 * that was decoded: the class token's, which the hypernetwork does not know (GHN3.md 5.3).
 */
public final class ClassToken {
  private static final double DEVIATION = 0.02;

  private ClassToken() {}

  /**
   * Puts a row from N(0, 0.02^2) before the decoded ones. A length that is the square of a whole
   * number has no class token, and nothing is added (the reference adds a row even then, which
   * moves the grid by one place).
   *
   * @param decoded as the decoder returned it
   * @param seed of the row, which depends on the parameter's name, too; the reference draws it
   *     without a seed
   * @return {@code decoded} itself when the target is no such encoding
   */
  public static NDArray prepend(
      NDArray decoded, DecoderTarget target, long seed, NDManager manager) {
    if (!target.isSequence() || decoded.getShape().get(1) >= target.slot().shape().dim(1)) {
      return decoded;
    }
    Random random = new Random(seed ^ target.slot().parameter().hashCode());
    double[] row = new double[(int) decoded.getShape().get(2)];
    for (int channel = 0; channel < row.length; channel++) {
      row[channel] = DEVIATION * random.nextGaussian();
    }
    NDArray token =
        manager.create(row, new Shape(1, 1, row.length)).toType(decoded.getDataType(), false);
    return NDArrays.concat(new NDList(token, decoded), 1);
  }
}
