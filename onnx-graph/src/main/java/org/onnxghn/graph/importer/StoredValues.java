package org.onnxghn.graph.importer;

import java.util.HashMap;
import java.util.Map;
import org.onnxghn.onnx.StoredTensor;

/**
 * Whether a float tensor is a constant of the architecture, by its values. Each tensor is read
 * once: it may have any number of readers.
 */
final class StoredValues {
  /**
   * Tensors of more elements are not read, and taken for such constants: biases of attention and
   * tokens that are learned have far less.
   */
  private static final long MAX_ELEMENTS = 1 << 25;

  private final Map<StoredTensor, Boolean> masks = new HashMap<>();
  private final Map<StoredTensor, Boolean> zeros = new HashMap<>();

  /** 0 where attention may look and very negative elsewhere. */
  boolean isMask(StoredTensor tensor) {
    return masks.computeIfAbsent(tensor, StoredValues::readMask);
  }

  /** Padding. */
  boolean isZero(StoredTensor tensor) {
    return zeros.computeIfAbsent(tensor, StoredValues::readZero);
  }

  private static boolean readMask(StoredTensor tensor) {
    if (!tensor.hasData()) {
      return false;
    }
    if (isTooLarge(tensor)) {
      return true;
    }
    boolean hides = false;
    for (float value : values(tensor)) {
      hides |= value <= -100;
      if (value != 0 && value > -100) {
        return false;
      }
    }
    return hides;
  }

  private static boolean readZero(StoredTensor tensor) {
    if (!tensor.hasData()) {
      return false;
    }
    if (isTooLarge(tensor)) {
      return true;
    }
    for (float value : values(tensor)) {
      if (value != 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean isTooLarge(StoredTensor tensor) {
    return tensor.shape().elements() > MAX_ELEMENTS;
  }

  /** The different ones suffice. */
  private static float[] values(StoredTensor tensor) {
    return tensor.form() == StoredTensor.Form.CONSTANT_OF_SHAPE
        ? new float[] {tensor.fill()}
        : tensor.floats();
  }
}
