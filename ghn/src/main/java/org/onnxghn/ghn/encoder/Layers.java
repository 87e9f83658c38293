package org.onnxghn.ghn.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.LayerNorm;

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

  /** Rows of a matrix, (index.length, h). */
  public static NDArray rows(NDArray matrix, long[] index) {
    NDArray indices = matrix.getManager().create(index);
    return Embedding.embedding(indices, matrix, SparseFormat.DENSE).singletonOrThrow();
  }
}
