package org.onnxghn.graph.importer;

import java.util.Arrays;
import org.onnxghn.onnx.Shape;

/**
 * The shapes that operators give to the same elements. Their operands come from the file unchecked:
 * null stands for what is not known and for what cannot be.
 */
final class Reshapes {
  private Reshapes() {}

  /**
   * @param dims as Reshape takes them, or null
   * @param keepZero whether 0 is a dimension of its own, and does not mean the operand's
   */
  static Shape reshaped(Shape shape, long[] dims, boolean keepZero) {
    if (dims == null) {
      return null;
    }
    long[] target = dims.clone();
    int free = -1;
    long known = 1;
    for (int i = 0; i < target.length; i++) {
      if (target[i] == 0 && !keepZero && i < shape.rank()) {
        target[i] = shape.dim(i);
      }
      if (target[i] == -1 && free < 0) {
        free = i;
      } else if (target[i] <= 0 || target[i] > shape.elements() / known) {
        return null;
      } else {
        known *= target[i];
      }
    }
    if (free >= 0) {
      target[free] = shape.elements() / known;
    }
    return Shape.of(target);
  }

  static Shape flattened(Shape shape, long axis) {
    long split = axis < 0 ? axis + shape.rank() : axis;
    // Without the zero of an empty tensor its other dimensions may overflow.
    if (split < 0 || split > shape.rank() || shape.elements() == 0) {
      return null;
    }
    long rows = 1;
    for (int i = 0; i < split; i++) {
      rows *= shape.dim(i);
    }
    return Shape.of(rows, shape.elements() / rows);
  }

  /**
   * @param axes of the result, or null
   */
  static Shape unsqueezed(Shape shape, long[] axes) {
    if (axes == null) {
      return null;
    }
    int rank = shape.rank() + axes.length;
    long[] dims = new long[rank];
    for (long axis : axes) {
      long at = axis < 0 ? axis + rank : axis;
      if (at < 0 || at >= rank || dims[(int) at] == 1) {
        return null;
      }
      dims[(int) at] = 1;
    }
    int next = 0;
    for (int i = 0; i < rank; i++) {
      if (dims[i] == 0) {
        dims[i] = shape.dim(next++);
      }
    }
    return Shape.of(dims);
  }

  /**
   * @param axes null for all of size 1
   */
  static Shape squeezed(Shape shape, long[] axes) {
    if (shape.elements() == 0) {
      return null;
    }
    int rank = shape.rank();
    boolean[] dropped = new boolean[rank];
    for (int i = 0; i < rank; i++) {
      dropped[i] = axes == null && shape.dim(i) == 1;
    }
    for (long axis : axes == null ? new long[0] : axes) {
      long at = axis < 0 ? axis + rank : axis;
      if (at < 0 || at >= rank) {
        return null;
      }
      dropped[(int) at] = true;
    }
    long[] kept = new long[rank];
    int count = 0;
    for (int i = 0; i < rank; i++) {
      if (!dropped[i]) {
        kept[count++] = shape.dim(i);
      }
    }
    return Shape.of(Arrays.copyOf(kept, count));
  }
}
