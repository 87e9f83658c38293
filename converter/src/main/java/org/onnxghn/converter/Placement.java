package org.onnxghn.converter;

import org.onnxghn.graph.Layout;
import org.onnxghn.onnx.Shape;

/** Puts values that are in the hypernetwork's layout into the stored tensor. */
final class Placement {
  private Placement() {}

  /**
   * @param stored the whole stored tensor; changed in place
   * @param values row-major in {@code shape}
   */
  static void put(float[] stored, Layout layout, float[] values, Shape shape) {
    float[] moved = layout.toStored(values, shape);
    Layout.Part part = layout.part();
    if (part == null) {
      System.arraycopy(moved, 0, stored, 0, moved.length);
      return;
    }
    Shape whole = part.stored();
    int inner = 1;
    for (int axis = part.axis() + 1; axis < whole.rank(); axis++) {
      inner = Math.toIntExact(inner * whole.dim(axis));
    }
    int run = Math.toIntExact(layout.storedShape(shape).dim(part.axis()) * inner);
    int stride = Math.toIntExact(whole.dim(part.axis()) * inner);
    int to = Math.toIntExact(part.offset() * inner);
    for (int from = 0; from < moved.length; from += run, to += stride) {
      System.arraycopy(moved, from, stored, to, run);
    }
  }
}
