package org.onnxghn.ghn.checkpoint;

import org.onnxghn.onnx.Shape;

/**
 * A view of a storage, as the pickle declares it.
 *
 * @param offset of the first element, in elements
 * @param size the dimensions
 * @param strides in elements, one for each dimension
 */
record TorchTensor(TorchStorage storage, long offset, long[] size, long[] strides) {

  /**
   * The tensor in the file.
   *
   * @throws CheckpointException when it is not made of floating-point numbers, or when the view
   *     reaches outside its storage or has more elements than that
   */
  FileTensor inFile(FileBytes file, String name) {
    if (!storage.type().isTrainable()) {
      throw new CheckpointException(
          CheckpointException.TENSOR_TYPE,
          "%s: tensor '%s' is %s".formatted(file.name(), name, storage.type().label()),
          "weights are float32, float16, bfloat16 or float64");
    }
    if (storage.data() == null) {
      throw outside(file, name, "has a storage that is not in the file");
    }
    Shape shape;
    long last = offset;
    try {
      shape = Shape.of(size);
      for (int axis = 0; axis < size.length; axis++) {
        require(strides[axis] >= 0, file, name);
        long steps = Math.max(0, size[axis] - 1);
        last = Math.addExact(last, Math.multiplyExact(steps, strides[axis]));
      }
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw outside(file, name, "has impossible dimensions");
    }
    boolean empty = shape.elements() == 0;
    require(offset >= 0 && (empty || last < storage.elements()), file, name);
    require(shape.elements() <= storage.elements(), file, name);
    FileRegion data = storage.data();
    long start = data.offset() + (empty ? 0 : offset * storage.width());
    return new FileTensor(
        data.file(), start, storage.type(), shape, contiguous() ? null : strides.clone());
  }

  private boolean contiguous() {
    long expected = 1;
    for (int axis = size.length - 1; axis >= 0; axis--) {
      if (size[axis] != 1 && strides[axis] != expected) {
        return false;
      }
      expected *= size[axis];
    }
    return true;
  }

  private void require(boolean condition, FileBytes file, String name) {
    if (!condition) {
      throw outside(
          file, name, "reaches outside its storage of " + storage.elements() + " elements");
    }
  }

  private static CheckpointException outside(FileBytes file, String name, String what) {
    return new CheckpointException(
        CheckpointException.STORAGE,
        file.name() + ": tensor '" + name + "' " + what,
        "the file is damaged: download or write it again");
  }
}
