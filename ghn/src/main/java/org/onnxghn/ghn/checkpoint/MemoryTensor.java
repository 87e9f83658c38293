package org.onnxghn.ghn.checkpoint;

import java.nio.FloatBuffer;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.Shape;

/** A tensor in memory, such as a trainer's; the values are not copied. */
record MemoryTensor(Shape shape, FloatBuffer values) implements TensorSource {
  @Override
  public ElementType type() {
    return ElementType.FLOAT;
  }

  @Override
  public void read(long first, FloatBuffer into) {
    into.put(values.slice(values.position() + (int) first, into.remaining()));
  }
}
