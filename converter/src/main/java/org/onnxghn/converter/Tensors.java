package org.onnxghn.converter;

import org.onnxghn.onnx.Shape;

/** Bounds of tensors in memory. */
final class Tensors {
  private Tensors() {}

  /**
   * Length of the array that holds all elements.
   *
   * @throws ConversionException when there are too many for one array
   */
  static int arrayLength(String name, Shape shape) {
    if (shape.elements() > Integer.MAX_VALUE - 8) {
      throw new ConversionException(
          Codes.TOO_LARGE,
          "tensor " + name + " " + shape + " has too many elements to be initialised",
          "Leave it out with --keep, or split it.");
    }
    return (int) shape.elements();
  }
}
