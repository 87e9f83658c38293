package org.onnxghn.graph;

import java.util.ArrayList;
import java.util.List;
import org.onnxghn.onnx.Shape;

/**
 * How a tensor in the hypernetwork's layout (that of PyTorch: Linear is out x in) becomes the
 * tensor stored in the file: the steps are applied in order, then the result is put into a part of
 * the stored tensor, or is all of it.
 *
 * @param steps permutations and reshapes, first to last
 * @param part the place in a stored tensor that several slots share (stacked q/k/v), or null when
 *     the slot is all of it
 */
public record Layout(List<Step> steps, Part part) {
  /** As stored. */
  public static final Layout IDENTITY = new Layout(List.of(), null);

  /** One step of a layout. */
  public sealed interface Step permits Permute, Reshape {
    /** The shape that this step makes of the given one. */
    Shape apply(Shape shape);
  }

  /**
   * Axis {@code i} of the result is axis {@code axes[i]} of the operand, as in ONNX's Transpose.
   */
  public record Permute(List<Integer> axes) implements Step {
    /** Copies the axes. */
    public Permute {
      axes = List.copyOf(axes);
    }

    @Override
    public Shape apply(Shape shape) {
      return Shape.of(axes.stream().mapToLong(shape::dim).toArray());
    }
  }

  /** Same elements in the same order, another shape. */
  public record Reshape(Shape shape) implements Step {
    @Override
    public Shape apply(Shape operand) {
      if (operand.elements() != shape.elements()) {
        throw new IllegalArgumentException(operand + " cannot be reshaped to " + shape);
      }
      return shape;
    }
  }

  /**
   * The rows {@code [offset, offset + size)} of one axis of the stored tensor.
   *
   * @param stored shape of the whole stored tensor
   */
  public record Part(int axis, long offset, Shape stored) {}

  /** Copies the steps. */
  public Layout {
    steps = List.copyOf(steps);
  }

  /** This layout with one more step at the end; only for a layout that is not a part. */
  public Layout then(Step step) {
    List<Step> longer = new ArrayList<>(steps);
    longer.add(step);
    return new Layout(longer, part);
  }

  /** The shape of the stored tensor, or of the slot's part of it. */
  public Shape storedShape(Shape predicted) {
    Shape shape = predicted;
    for (Step step : steps) {
      shape = step.apply(shape);
    }
    return shape;
  }

  /**
   * Moves values from the hypernetwork's layout to the stored one.
   *
   * @param values elements of the given shape, row-major; not changed
   * @return elements of {@link #storedShape}, row-major; the same array when nothing moves
   */
  public float[] toStored(float[] values, Shape shape) {
    float[] current = values;
    Shape at = shape;
    for (Step step : steps) {
      if (step instanceof Permute permute) {
        current = permuted(current, at, permute);
      }
      at = step.apply(at);
    }
    return current;
  }

  private static float[] permuted(float[] values, Shape shape, Permute permute) {
    int rank = shape.rank();
    long[] strides = new long[rank];
    long stride = 1;
    for (int axis = rank - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= shape.dim(axis);
    }
    long[] target = permute.apply(shape).dims();
    float[] result = new float[values.length];
    long[] index = new long[rank];
    int from = 0;
    for (int to = 0; to < result.length; to++) {
      result[to] = values[from];
      for (int axis = rank - 1; axis >= 0; axis--) {
        long step = strides[permute.axes().get(axis)];
        from += (int) step;
        if (++index[axis] < target[axis]) {
          break;
        }
        from -= (int) (step * target[axis]);
        index[axis] = 0;
      }
    }
    return result;
  }
}
