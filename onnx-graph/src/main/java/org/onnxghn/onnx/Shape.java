package org.onnxghn.onnx;

import java.util.Arrays;
import java.util.Collection;
import java.util.stream.Collectors;

/**
 * The static shape of a tensor: dimensions that are zero or more, and whose product fits in a long.
 * Immutable.
 */
public final class Shape {
  private static final Shape SCALAR = new Shape(new long[0]);

  private final long[] dims;
  private final long elements;

  private Shape(long[] dims) {
    long product = 1;
    boolean empty = false;
    for (long dim : dims) {
      if (dim < 0) {
        throw new IllegalArgumentException("negative dimension in " + Arrays.toString(dims));
      }
      empty |= dim == 0;
    }
    for (long dim : dims) {
      // A zero anywhere makes the product zero, whatever the other dimensions would overflow to.
      product = empty ? 0 : Math.multiplyExact(product, dim);
    }
    this.dims = dims;
    this.elements = product;
  }

  /**
   * @throws IllegalArgumentException for a negative dimension
   * @throws ArithmeticException when the number of elements does not fit in a long
   */
  public static Shape of(long... dims) {
    return dims.length == 0 ? SCALAR : new Shape(dims.clone());
  }

  /** As {@link #of(long...)}. */
  public static Shape of(Collection<Long> dims) {
    return of(dims.stream().mapToLong(Long::longValue).toArray());
  }

  /** Number of dimensions; 0 for a scalar. */
  public int rank() {
    return dims.length;
  }

  /** Size of one dimension, counted from 0, or from the end when negative. */
  public long dim(int axis) {
    return dims[axis < 0 ? axis + dims.length : axis];
  }

  /** A copy of the dimensions. */
  public long[] dims() {
    return dims.clone();
  }

  /** Product of the dimensions; 1 for a scalar. */
  public long elements() {
    return elements;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** As in {@code 64x3x7x7}; {@code scalar} for rank 0. */
  @Override
  public String toString() {
    return dims.length == 0
        ? "scalar"
        : Arrays.stream(dims).mapToObj(Long::toString).collect(Collectors.joining("x"));
  }
}
