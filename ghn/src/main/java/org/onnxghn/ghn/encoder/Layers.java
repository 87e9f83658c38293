package org.onnxghn.ghn.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.LayerNorm;
import java.util.List;
import java.util.stream.LongStream;

/** The layers that all parts of the hypernetworks are made of, as functions of their tensors. */
public final class Layers {
  private static final float LAYER_NORM_EPSILON = 1e-5f;

  private Layers() {}

  /** {@code x w^T + b}: (n, in) x (out, in) gives (n, out). {@code bias} may be null. */
  public static NDArray linear(NDArray x, NDArray weight, NDArray bias) {
    return (bias == null ? Linear.linear(x, weight) : Linear.linear(x, weight, bias))
        .singletonOrThrow();
  }

  /** Normalises each row of (n, h). */
  public static NDArray layerNorm(NDArray x, NDArray weight, NDArray bias) {
    return LayerNorm.layerNorm(x, new Shape(x.getShape().get(1)), weight, bias, LAYER_NORM_EPSILON)
        .singletonOrThrow();
  }

  /**
   * {@code x} times a number. Not {@code x.mul(number)}: DJL hands that number over in a buffer
   * that it frees at once, and the gradient reads the freed memory; an array of the scope lives
   * until backward.
   */
  public static NDArray scaled(NDArray x, double factor) {
    NDManager manager = x.getManager();
    NDArray number =
        x.getDataType() == DataType.FLOAT64
            ? manager.create(factor)
            : manager.create((float) factor);
    return x.mul(number);
  }

  /** Rows of a matrix, (index.length, h). */
  public static NDArray rows(NDArray matrix, long[] index) {
    NDArray indices = matrix.getManager().create(index);
    return Embedding.embedding(indices, matrix, SparseFormat.DENSE).singletonOrThrow();
  }

  /**
   * Rows of a matrix for each list of indices. Gathered at once: the gradient of each gathering is
   * as large as the matrix.
   */
  public static NDList rows(NDArray matrix, List<long[]> indices) {
    long[] all = indices.stream().flatMapToLong(LongStream::of).toArray();
    return parts(rows(matrix, all), indices.stream().map(index -> index.length).toList());
  }

  /**
   * Cuts a tensor along axis 0. Not by slices: the gradient of a slice is as large as what it is
   * cut from, that of a split is written once for all parts.
   *
   * @param sizes of the parts; they add up to the axis
   */
  public static NDList parts(NDArray whole, List<Integer> sizes) {
    long[] cuts = new long[sizes.size() - 1];
    long end = 0;
    for (int i = 0; i < cuts.length; i++) {
      end += sizes.get(i);
      cuts[i] = end;
    }
    return whole.split(cuts, 0);
  }
}
