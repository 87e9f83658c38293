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

  /** Of what stands between a weight and its layer there are fewer steps. */
  private static final int MAX_STEPS = 64;

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
    return moved(new Layout.Permute(axes).apply(shape), new Layout.Permute(inverse));
  }

  Traced reshaped(Shape target) {
    boolean same = isExact() && target != null && target.elements() == shape.elements();
    if (!same || target.rank() > MAX_LIST) {
      return vague();
    }
    return target.equals(shape) ? this : moved(target, new Layout.Reshape(shape));
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

  /**
   * @param back from the new shape to the present one
   */
  private Traced moved(Shape to, Layout.Step back) {
    List<Layout.Step> steps = new ArrayList<>(toStored.steps());
    Layout.Step both = steps.isEmpty() ? null : merged(back, steps.get(0));
    if (both == null) {
      steps.add(0, back);
    } else {
      steps.set(0, both);
    }
    return steps.size() > MAX_STEPS
        ? vague()
        : new Traced(tensor, to, new Layout(steps, toStored.part()), gathered, computed);
  }

  /** The one step that two of a kind are; null for others. */
  private static Layout.Step merged(Layout.Step first, Layout.Step second) {
    if (first instanceof Layout.Permute inner && second instanceof Layout.Permute outer) {
      return new Layout.Permute(outer.axes().stream().map(inner.axes()::get).toList());
    }
    return first instanceof Layout.Reshape && second instanceof Layout.Reshape ? second : null;
  }
}
