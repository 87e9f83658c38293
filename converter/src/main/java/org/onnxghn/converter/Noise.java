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
    int n = Math.max(outputs, rest);
    int m = Math.min(outputs, rest);
    // Column k of Z is one contiguous array, since products are between columns.
    float[][] columns = new float[m][n];
    for (int row = 0; row < outputs; row++) {
      for (int column = 0; column < rest; column++) {
        float value = values[row * rest + column];
        if (outputs >= rest) {
          columns[column][row] = value;
        } else {
          columns[row][column] = value;
        }
      }
    }
    standardise(columns, n);
    double sum = 0;
    for (float[] column : columns) {
      double columnSum = 0;
      for (float value : column) {
        columnSum += value;
      }
      sum += columnSum * columnSum;
    }
    double[] rows =
        IntStream.range(0, m)
            .parallel()
            .mapToDouble(
                i -> {
                  double squares = 0;
                  for (int j = 0; j <= i; j++) {
                    double product = dot(columns[i], columns[j]);
                    squares += (i == j ? 1 : 2) * product * product;
                  }
                  return squares;
                })
            .toArray();
    double squares = 0;
    for (double row : rows) {
      squares += row;
    }
    double count = (double) n * n;
    return count < 2 ? 0 : Math.sqrt(Math.max(0, (squares - sum * sum / count) / (count - 1)));
  }

  /** Each vector (across the columns) gets mean 0 and length 1. */
  private static void standardise(float[][] columns, int n) {
    for (int vector = 0; vector < n; vector++) {
      double mean = 0;
      for (float[] column : columns) {
        mean += column[vector];
      }
      mean /= columns.length;
      double square = 0;
      for (float[] column : columns) {
        double centred = column[vector] - mean;
        square += centred * centred;
      }
      double scale = square > 0 ? 1 / Math.sqrt(square) : 0;
      for (float[] column : columns) {
        column[vector] = (float) ((column[vector] - mean) * scale);
      }
    }
  }

  private static double dot(float[] a, float[] b) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int i = 0;
    for (; i + 3 < a.length; i += 4) {
      s0 += (double) a[i] * b[i];
      s1 += (double) a[i + 1] * b[i + 1];
      s2 += (double) a[i + 2] * b[i + 2];
      s3 += (double) a[i + 3] * b[i + 3];
    }
    for (; i < a.length; i++) {
      s0 += (double) a[i] * b[i];
    }
    return s0 + s1 + (s2 + s3);
  }
}
