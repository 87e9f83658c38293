package org.onnxghn.converter;

import java.util.List;
import java.util.function.Function;
import org.onnxghn.graph.Layout;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.onnx.Shape;

/** Puts values that are in the hypernetwork's layout into the stored tensor. */
final class Placement {
  private Placement() {}

  /**
   * The whole tensor in stored order; the slot's own array where nothing moves.
   *
   * @param values of each slot, row-major in the slot's shape
   */
  static float[] stored(Parameter parameter, Function<ParameterSlot, float[]> values) {
    List<ParameterSlot> slots = parameter.slots();
    if (slots.size() == 1 && slots.get(0).layout().part() == null) {
      ParameterSlot slot = slots.get(0);
      return slot.layout().toStored(values.apply(slot), slot.shape());
    }
    float[] stored = new float[Tensors.arrayLength(parameter.name(), parameter.shape())];
    slots.forEach(slot -> put(stored, slot.layout(), values.apply(slot), slot.shape()));
    return stored;
  }

  private static void put(float[] stored, Layout layout, float[] values, Shape shape) {
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
