package org.onnxghn.ghn.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.HalfFloats;
import org.onnxghn.onnx.Shape;

/**
 * A tensor in a file, little-endian.
 *
 * @param offset of the first element's first byte
 * @param strides in elements, or null when the tensor is contiguous (row-major)
 */
record FileTensor(FileBytes file, long offset, ElementType type, Shape shape, long[] strides)
    implements TensorSource {
  private static final int CHUNK = 1 << 16;

  @Override
  public void read(long first, FloatBuffer into) {
    int width = type.bits() / Byte.SIZE;
    if (strides != null) {
      readStrided(first, into, width);
      return;
    }
    ByteBuffer chunk =
        ByteBuffer.allocate(Math.min(CHUNK, into.remaining()) * width)
            .order(ByteOrder.LITTLE_ENDIAN);
    long at = offset + first * width;
    while (into.hasRemaining()) {
      chunk.clear().limit((int) Math.min(chunk.capacity(), (long) into.remaining() * width));
      file.read(at, chunk);
      at += chunk.limit();
      convert(chunk.flip(), into);
    }
  }

  private void convert(ByteBuffer from, FloatBuffer into) {
    if (type == ElementType.FLOAT) {
      into.put(from.asFloatBuffer());
    } else {
      while (from.hasRemaining()) {
        into.put(next(from));
      }
    }
  }

  private float next(ByteBuffer from) {
    return switch (type) {
      case FLOAT -> from.getFloat();
      case DOUBLE -> (float) from.getDouble();
      case FLOAT16 -> HalfFloats.fromHalf(from.getShort());
      case BFLOAT16 -> HalfFloats.fromBfloat(from.getShort());
      default -> throw new IllegalStateException("not a floating-point type: " + type);
    };
  }

  /** A transposed view or the like: rare and small, so element by element. */
  private void readStrided(long first, FloatBuffer into, int width) {
    ByteBuffer element = ByteBuffer.allocate(width).order(ByteOrder.LITTLE_ENDIAN);
    long[] dims = shape.dims();
    for (long i = first; into.hasRemaining(); i++) {
      long rest = i;
      long at = 0;
      for (int axis = dims.length - 1; axis >= 0; axis--) {
        at += rest % dims[axis] * strides[axis];
        rest /= dims[axis];
      }
      element.clear();
      file.read(offset + at * width, element);
      into.put(next(element.flip()));
    }
  }

  @Override
  public ByteBuffer bytes() {
    boolean viewable =
        type == ElementType.FLOAT
            && strides == null
            && offset % Float.BYTES == 0
            && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    return viewable ? file.map(offset, shape.elements() * Float.BYTES) : TensorSource.super.bytes();
  }
}
