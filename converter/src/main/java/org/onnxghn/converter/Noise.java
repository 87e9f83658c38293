package org.onnxghn.converter;

import java.util.stream.IntStream;
import org.onnxghn.converter.initializers.RandomStream;
import org.onnxghn.onnx.Shape;

/**
 * The noise that the reference adds to predicted weights before fine-tuning (GHN3.md 5.6):
 * predicted filters resemble each other, and noise in proportion to the spread of their
 * correlations lets training pull them apart.
 */
public final class Noise {
  private static final int BLOCK = 8;

  private Noise() {}

  /**
   * Adds {@code beta * std(r) * N(0, 1)}, where r are all entries of the correlation matrix of the
   * weight's rows.
   *
   * @param values of a weight of rank 2 or more, row-major in {@code shape}; changed in place
   */
  public static void add(float[] values, Shape shape, double beta, RandomStream random) {
    if (values.length == 0 || beta == 0) {
      return;
    }
    double scale = beta * correlationSpread(values, Math.toIntExact(shape.dim(0)));
    if (scale == 0) {
      return;
    }
    for (int i = 0; i < values.length; i++) {
      values[i] += (float) (scale * random.normal());
    }
  }

  /**
   * The unbiased standard deviation of all entries, diagonal included, of the correlation matrix of
   * the longer side's vectors. A vector without variance correlates with nothing (PyTorch's
   * corrcoef would make all of it NaN).
   *
   * <p>With the n standardised vectors as rows of Z (n x m, m <= n), the entries of ZZ' sum to
   * |Z'1|^2 and their squares to |ZZ'|^2 = |Z'Z|^2: m^2 n operations instead of n^2 m, and no n x n
   * matrix.
   */
  static double correlationSpread(float[] values, int outputs) {
    int rest = values.length / outputs;
    int m = Math.min(outputs, rest);
    float[][] vectors = new float[Math.max(outputs, rest)][m];
    for (int row = 0; row < outputs; row++) {
      for (int column = 0; column < rest; column++) {
        float value = values[row * rest + column];
        if (outputs >= rest) {
          vectors[row][column] = value;
        } else {
          vectors[column][row] = value;
        }
      }
    }
    double[] total = new double[m];
    for (float[] vector : vectors) {
      standardise(vector);
      for (int i = 0; i < m; i++) {
        total[i] += vector[i];
      }
    }
    double sum = 0;
    for (double value : total) {
      sum += value * value;
    }
    double squares = productSquares(vectors, m);
    double count = (double) vectors.length * vectors.length;
    return count < 2 ? 0 : Math.sqrt(Math.max(0, (squares - sum * sum / count) / (count - 1)));
  }

  /** The vector gets mean 0 and length 1. */
  private static void standardise(float[] vector) {
    double mean = 0;
    for (float value : vector) {
      mean += value;
    }
    mean /= vector.length;
    double square = 0;
    for (float value : vector) {
      square += (value - mean) * (value - mean);
    }
    double scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) ((vector[i] - mean) * scale);
    }
  }

  /** Sum of the squares of all entries of Z'Z; a few rows of it at a time, which stay in cache. */
  private static double productSquares(float[][] vectors, int m) {
    double[] blocks =
        IntStream.range(0, (m + BLOCK - 1) / BLOCK)
            .parallel()
            .mapToDouble(block -> blockSquares(vectors, block * BLOCK, m))
            .toArray();
    double squares = 0;
    for (double block : blocks) {
      squares += block;
    }
    return squares;
  }

  /**
   * Of rows {@code first} to {@code first + BLOCK}; the entries left of the diagonal count twice.
   */
  private static double blockSquares(float[][] vectors, int first, int m) {
    int rows = Math.min(BLOCK, m - first);
    float[][] products = new float[rows][first + rows];
    for (float[] vector : vectors) {
      for (int row = 0; row < rows; row++) {
        addScaled(products[row], vector[first + row], vector, first + row + 1);
      }
    }
    double squares = 0;
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column <= first + row; column++) {
        double product = products[row][column];
        squares += (column == first + row ? 1 : 2) * product * product;
      }
    }
    return squares;
  }

  /** A loop that the JVM vectorises, which it does not do with sums. */
  private static void addScaled(float[] sum, float factor, float[] vector, int length) {
    for (int i = 0; i < length; i++) {
      sum[i] += factor * vector[i];
    }
  }
}
