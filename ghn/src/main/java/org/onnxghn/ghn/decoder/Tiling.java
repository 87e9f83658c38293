package org.onnxghn.ghn.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import java.util.Arrays;
import org.onnxghn.onnx.Shape;

/**
 * Repeats a decoded parameter along each axis until it has the target's shape (GHN3.md 5.3):
 * element i of an axis is element i modulo the decoded size.
 */
public final class Tiling {
  private Tiling() {}

  /** Whether the target is larger in some dimension. */
  public static boolean isNeeded(long[] decoded, Shape target) {
    return !Arrays.equals(decoded, target.dims());
  }

  /** As {@link #tile(float[], long[], Shape)}, with gradients. */
  public static NDArray tile(NDArray decoded, Shape target) {
    long[] from = decoded.getShape().getShape();
    if (!isNeeded(from, target)) {
      return decoded;
    }
    long[] times = new long[from.length];
    NDIndex used = new NDIndex();
    for (int axis = 0; axis < from.length; axis++) {
      times[axis] = (target.dim(axis) + from[axis] - 1) / from[axis];
      used.addSliceDim(0, target.dim(axis));
    }
    return decoded.tile(times).get(used);
  }

  /**
   * @param decoded row-major; not changed
   * @param from its shape, of the target's rank and in no dimension larger
   * @return row-major; the same array when nothing is repeated
   */
  public static float[] tile(float[] decoded, long[] from, Shape target) {
    float[] current = decoded;
    int inner = 1;
    for (int axis = from.length - 1; axis >= 0; axis--) {
      int old = (int) from[axis] * inner;
      int size = (int) target.dim(axis) * inner;
      if (size > old) {
        int blocks = current.length / old;
        float[] longer = new float[blocks * size];
        for (int block = 0; block < blocks; block++) {
          int end = (block + 1) * size;
          for (long to = (long) block * size; to < end; to += old) {
            int length = (int) Math.min(old, end - to);
            System.arraycopy(current, block * old, longer, (int) to, length);
          }
        }
        current = longer;
      }
      inner = size;
    }
    return current;
  }
}
