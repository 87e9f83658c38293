package org.onnxghn.converter.runtime;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.TensorInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Shapes for the inputs of a model: free dimensions get a size, the same for the same name, and one
 * that is named as a formula of others gets what the formula says.
 */
final class TrialShapes {
  /**
   * What free dimensions become.
   *
   * @param batch the first dimension
   * @param spatial rows and columns of an image
   * @param sequence any other: tokens, or samples of sound
   */
  record Sizes(int batch, int spatial, int sequence) {}

  /** A free dimension of an input. */
  private record Free(String name, int axis, long size) {}

  private final Sizes sizes;
  private final Map<String, Long> named = new HashMap<>();

  TrialShapes(Map<String, NodeInfo> inputs, Sizes sizes) {
    this.sizes = sizes;
    List<Free> free = new ArrayList<>();
    for (NodeInfo input : inputs.values()) {
      if (input.getInfo() instanceof TensorInfo tensor) {
        addFree(tensor, free);
      }
    }
    Set<String> names = new HashSet<>();
    free.forEach(dimension -> names.add(dimension.name()));
    Set<String> formulas = new HashSet<>();
    Set<String> operands = new HashSet<>();
    for (String name : names) {
      Set<String> parts = DimensionExpression.operands(name);
      if (!parts.isEmpty() && names.containsAll(parts)) {
        formulas.add(name);
        operands.addAll(parts);
      }
    }
    for (Free dimension : free) {
      String name = dimension.name();
      if (dimension.axis() == 0) {
        named.put(name, dimension.size());
      } else if (!formulas.contains(name)) {
        // What is added to a length is a length.
        named.putIfAbsent(
            name, operands.contains(name) ? Long.valueOf(sizes.sequence()) : dimension.size());
      }
    }
    for (String formula : formulas) {
      DimensionExpression.evaluate(formula, named)
          .ifPresent(size -> named.put(formula, Math.min(size, TrialInputs.MAX_ELEMENTS + 1)));
    }
  }

  private void addFree(TensorInfo tensor, List<Free> free) {
    long[] shape = tensor.getShape();
    for (int axis = 0; axis < shape.length; axis++) {
      String name = name(tensor, axis);
      if (shape[axis] < 0 && !name.isEmpty()) {
        free.add(new Free(name, axis, size(shape, axis)));
      }
    }
  }

  private static String name(TensorInfo tensor, int axis) {
    String[] names = tensor.getDimensionNames();
    return names != null && axis < names.length && names[axis] != null ? names[axis] : "";
  }

  /** The shape of an input, with no dimension free. */
  long[] of(TensorInfo tensor) {
    long[] declared = tensor.getShape();
    long[] shape = declared.clone();
    for (int axis = 0; axis < shape.length; axis++) {
      if (declared[axis] < 0) {
        shape[axis] = named.getOrDefault(name(tensor, axis), size(declared, axis));
      }
    }
    return shape;
  }

  private long size(long[] declared, int axis) {
    if (axis == 0) {
      return sizes.batch();
    }
    if (declared.length < 4) {
      return sizes.sequence();
    }
    // Images are (batch, channels, rows, columns), unless the last dimension looks like channels.
    long last = declared[declared.length - 1];
    boolean channelsLast =
        declared.length == 4 && declared[1] < 0 && (last == 1 || last == 3 || last == 4);
    boolean channel = axis == (channelsLast ? declared.length - 1 : 1);
    return channel ? 3 : sizes.spatial();
  }
}
