package org.onnxghn.converter.initializers;

import org.onnxghn.onnx.Shape;

/**
 * How many inputs reach one output of a layer, and how many outputs one input reaches, counted as
 * PyTorch's {@code nn.init} counts them: from the shape of the weight alone, so that groups count
 * by their smaller input side only.
 *
 * @param in inputs of one output; at least 1
 * @param out outputs of one input; at least 1
 */
public record Fans(long in, long out) {
  /**
   * @param weight shape in PyTorch's layout: (outputs, inputs, kernel…), for a transposed
   *     convolution (inputs, outputs, kernel…); a vector counts its elements as inputs
   */
  public static Fans of(Shape weight) {
    if (weight.elements() == 0) {
      return new Fans(1, 1);
    }
    if (weight.rank() < 2) {
      return new Fans(weight.elements(), weight.elements());
    }
    long window = 1;
    for (int axis = 2; axis < weight.rank(); axis++) {
      window *= weight.dim(axis);
    }
    return new Fans(weight.dim(1) * window, weight.dim(0) * window);
  }
}
