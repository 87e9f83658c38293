package org.onnxghn.ghn.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.Shape;

/** Where the values of one tensor come from: a file, memory, or a random generator. */
interface TensorSource {
  Shape shape();

  /** The element type as stored; values come as float32 whatever it is. */
  ElementType type();

  /** Fills what remains of the buffer with the elements (row-major) from {@code first} on. */
  void read(long first, FloatBuffer into);

  /** All elements as float32 in a direct buffer of native order. */
  default ByteBuffer bytes() {
    int size = Math.toIntExact(shape().elements() * Float.BYTES);
    ByteBuffer bytes = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    read(0, bytes.asFloatBuffer());
    return bytes;
  }
}
