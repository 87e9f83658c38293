package org.onnxghn.converter.initializers;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.onnxghn.graph.Role;

/**
 * Saxe et al., arXiv 1312.6120: a weight of rank 2 or more, flattened to (outputs, rest), has
 * orthonormal rows, or orthonormal columns when it has more rows than columns; biases 0. Other
 * roles, and weights of rank 0 and 1, start as {@link StandardInitializer} has them.
 *
 * <p>Gram-Schmidt on a normal sample (Haar-distributed, as PyTorch's QR with its sign correction),
 * each row orthogonalised twice, since once is not enough in floating point. Time is O(min(rows,
 * columns)^2 x max(rows, columns)): seconds for ResNet-50, a minute or more for VGG's first Linear.
 */
public final class OrthogonalInitializer implements Initializer {
  private final Initializer others = new StandardInitializer();

  @Override
  public void fill(float[] values, Target target, RandomStream random) {
    if (target.role() == Role.WEIGHT && target.shape().rank() >= 2 && values.length > 0) {
      int rows = Math.toIntExact(target.shape().dim(0));
      int columns = values.length / rows;
      boolean wide = columns >= rows;
      float[][] basis = orthonormal(wide ? rows : columns, wide ? columns : rows, random);
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++) {
          values[row * columns + column] = wide ? basis[row][column] : basis[column][row];
        }
      }
    } else if (target.role() == Role.BIAS) {
      Arrays.fill(values, 0);
    } else {
      others.fill(values, target, random);
    }
  }

  private static float[][] orthonormal(int count, int length, RandomStream random) {
    float[][] vectors = new float[count][length];
    for (float[] vector : vectors) {
      for (int i = 0; i < length; i++) {
        vector[i] = (float) random.normal();
      }
    }
    for (int i = 0; i < count; i++) {
      float[] current = vectors[i];
      for (int pass = 0; pass < 2; pass++) {
        int before = i;
        // All projections are on the vector as it was, so that they can be computed in parallel;
        // the order of subtraction is fixed, and with it every bit of the result.
        double[] projections =
            IntStream.range(0, before)
                .parallel()
                .mapToDouble(j -> dot(vectors[j], current))
                .toArray();
        for (int j = 0; j < before; j++) {
          float projection = (float) projections[j];
          float[] other = vectors[j];
          for (int k = 0; k < length; k++) {
            current[k] -= projection * other[k];
          }
        }
      }
      float scale = (float) (1 / Math.sqrt(dot(current, current)));
      for (int k = 0; k < length; k++) {
        current[k] *= scale;
      }
    }
    return vectors;
  }

  /** Four sums, so that additions need not wait for each other. */
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
