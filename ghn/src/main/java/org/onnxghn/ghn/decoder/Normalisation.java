package org.onnxghn.ghn.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import org.onnxghn.ghn.encoder.Layers;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.Shape;

/** Brings decoded parameters to a scale that networks train with (GHN3.md 5.4). */
final class Normalisation {
  private Normalisation() {}

  /**
   * The factor for a target of rank 2 or more: sqrt(beta / fan-in), and 1 for a position encoding.
   */
  static double factor(DecoderTarget target) {
    Shape shape = target.slot().shape();
    boolean deep = shape.rank() > 2;
    // The reference knows position encodings by their shape, so that a convolution with one output
    // and a kernel of 11 or more is left as it is, too.
    boolean large = deep && shape.dim(0) == 1 && shape.dim(2) >= 11;
    if (large || shape.rank() == 3 && target.slot().role() == Role.POSITION_ENCODING) {
      return 1;
    }
    boolean single = deep && (shape.dim(1) == 1 || shape.dim(2) < shape.dim(3));
    double fanIn = (double) shape.elements() / shape.dim(0);
    return Math.sqrt((single ? 1 : 2) / fanIn);
  }

  /** Weights of rank 1: around 1, in (0, 2). */
  static NDArray weight(NDArray decoded) {
    return Layers.scaled(Activation.sigmoid(Layers.scaled(decoded, 0.5)), 2);
  }

  /** Biases: around 0, in (-1, 1). */
  static NDArray bias(NDArray decoded) {
    return Layers.scaled(decoded, 0.2).tanh();
  }
}
