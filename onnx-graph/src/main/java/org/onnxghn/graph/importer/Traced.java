package org.onnxghn.graph.importer;

import java.util.ArrayList;
import java.util.List;
import org.onnxghn.graph.Layout;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.Shape;
import org.onnxghn.onnx.StoredTensor;

/**
 * A value that is a stored tensor, seen through operators that only move its elements.
 *
 * @param tensor the stored tensor
 * @param shape of the value; null when it is not known
 * @param toStored how the value's layout becomes the stored one; null when elements were repeated,
 *     dropped or computed with on the way, so that a prediction for the value cannot be stored
 * @param gathered whether a Gather with constant indices is on the way
 * @param computed whether it is the main operand of arithmetic among constants: a weight on its way
 *     through weight normalisation or standardisation
 */
record Traced(
    StoredTensor tensor, Shape shape, Layout toStored, boolean gathered, boolean computed) {
  /** Longer lists are not shapes, axes or sizes. */
  private static final int MAX_LIST = 64;

  static Traced of(StoredTensor tensor) {
    return new Traced(tensor, tensor.shape(), Layout.IDENTITY, false, false);
  }

  boolean isExact() {
    return toStored != null;
  }

  /**
   * The elements of a short list of integers, such as a shape; null when the value is none, or is
   * not known.
   */
  long[] constantIntegers() {
    boolean list =
        isExact() && tensor.hasData() && shape.rank() <= 1 && shape.elements() <= MAX_LIST;
    return list && tensor.type() == ElementType.INT64 ? tensor.longs() : null;
  }

  /** Whether the stored tensor is of a type that training changes. */
  boolean isFloat() {
    return tensor.type().isTrainable();
  }

  Traced permuted(List<Integer> axes) {
    if (!isExact() || axes.size() != shape.rank()) {
      return vague();
    }
    List<Integer> inverse = new ArrayList<>(axes);
    for (int i = 0; i < axes.size(); i++) {
      inverse.set(axes.get(i), i);
    }
    return new Traced(
        tensor,
        new Layout.Permute(axes).apply(shape),
        prepend(new Layout.Permute(inverse)),
        gathered,
        computed);
  }

  Traced reshaped(Shape target) {
    if (!isExact() || target == null || target.elements() != shape.elements()) {
      return vague();
    }
    return target.equals(shape)
        ? this
        : new Traced(tensor, target, prepend(new Layout.Reshape(shape)), gathered, computed);
  }

  /** A range of one axis; exact only directly on the stored tensor. */
  Traced part(int axis, long offset, long size) {
    if (!isExact() || !toStored.equals(Layout.IDENTITY)) {
      return vague();
    }
    long[] dims = shape.dims();
    dims[axis] = size;
    Layout.Part part = new Layout.Part(axis, offset, shape);
    return new Traced(tensor, Shape.of(dims), new Layout(List.of(), part), gathered, computed);
  }

  /** The same tensor with nothing known of where its elements went. */
  Traced vague() {
    return new Traced(tensor, null, null, gathered, computed);
  }

  Traced lookedUp() {
    return new Traced(tensor, null, null, true, computed);
  }

  Traced computedWith() {
    return new Traced(tensor, shape, toStored, gathered, true);
  }

  private Layout prepend(Layout.Step step) {
    List<Layout.Step> steps = new ArrayList<>();
    steps.add(step);
    steps.addAll(toStored.steps());
    return new Layout(steps, toStored.part());
  }
}
