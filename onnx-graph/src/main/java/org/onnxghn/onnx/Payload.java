package org.onnxghn.onnx;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.onnxghn.onnx.proto.TensorProto;

/** The bytes of one tensor on their way into a file, made chunk by chunk. */
sealed interface Payload {
  /** Values converted at a time. */
  int CHUNK = 1 << 15;

  /** Number of bytes. */
  long bytes();

  /** Writes them all. */
  void writeTo(ByteOutput out) throws IOException;

  /**
   * Elements of a floating-point type in little endian, as in raw_data, float_data, double_data.
   */
  record Fixed(float[] values, ElementType type) implements Payload {
    @Override
    public long bytes() {
      return (long) values.length * (type.bits() / 8);
    }

    @Override
    public void writeTo(ByteOutput out) throws IOException {
      int size = type.bits() / 8;
      ByteBuffer chunk =
          ByteBuffer.allocate(Math.min(CHUNK, values.length) * size).order(ByteOrder.LITTLE_ENDIAN);
      for (int start = 0; start < values.length; start += CHUNK) {
        chunk.clear();
        int end = Math.min(start + CHUNK, values.length);
        for (int i = start; i < end; i++) {
          switch (type) {
            case FLOAT -> chunk.putFloat(values[i]);
            case DOUBLE -> chunk.putDouble(values[i]);
            case FLOAT16 -> chunk.putShort(HalfFloats.toHalf(values[i]));
            default -> chunk.putShort(HalfFloats.toBfloat(values[i]));
          }
        }
        out.write(chunk.array(), 0, chunk.position());
      }
    }
  }

  /** float16 or bfloat16 bits as varints, as in int32_data. */
  record Varints(float[] values, ElementType type) implements Payload {
    @Override
    public long bytes() {
      long sum = 0;
      for (float value : values) {
        sum += CodedOutputStream.computeUInt32SizeNoTag(bits(value));
      }
      return sum;
    }

    @Override
    public void writeTo(ByteOutput out) throws IOException {
      byte[] chunk = new byte[CHUNK * 3];
      int length = 0;
      for (float value : values) {
        int bits = bits(value);
        while (bits > 0x7f) {
          chunk[length++] = (byte) (bits | 0x80);
          bits >>>= 7;
        }
        chunk[length++] = (byte) bits;
        if (length > chunk.length - 3) {
          out.write(chunk, 0, length);
          length = 0;
        }
      }
      out.write(chunk, 0, length);
    }

    private int bits(float value) {
      short bits =
          type == ElementType.FLOAT16 ? HalfFloats.toHalf(value) : HalfFloats.toBfloat(value);
      return bits & 0xffff;
    }
  }

  /** Bytes that are in memory, or mapped. */
  record Bytes(ByteString data) implements Payload {
    @Override
    public long bytes() {
      return data.size();
    }

    @Override
    public void writeTo(ByteOutput out) throws IOException {
      for (ByteBuffer part : data.asReadOnlyByteBufferList()) {
        byte[] chunk = new byte[Math.min(1 << 16, part.remaining())];
        while (part.hasRemaining()) {
          int length = Math.min(chunk.length, part.remaining());
          part.get(chunk, 0, length);
          out.write(chunk, 0, length);
        }
      }
    }
  }

  /** Float32 or float64 in the typed field of a tensor. */
  record Typed(TensorProto tensor) implements Payload {
    @Override
    public long bytes() {
      return 4L * tensor.getFloatDataCount() + 8L * tensor.getDoubleDataCount();
    }

    @Override
    public void writeTo(ByteOutput out) throws IOException {
      ByteBuffer chunk = ByteBuffer.allocate(8 * CHUNK).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < tensor.getFloatDataCount(); i++) {
        room(chunk, out).putFloat(tensor.getFloatData(i));
      }
      for (int i = 0; i < tensor.getDoubleDataCount(); i++) {
        room(chunk, out).putDouble(tensor.getDoubleData(i));
      }
      out.write(chunk.array(), 0, chunk.position());
    }

    private static ByteBuffer room(ByteBuffer chunk, ByteOutput out) throws IOException {
      if (chunk.remaining() < 8) {
        out.write(chunk.array(), 0, chunk.position());
        chunk.clear();
      }
      return chunk;
    }
  }

  /** Bytes in another file. */
  record Region(ExternalRegion region) implements Payload {
    @Override
    public long bytes() {
      return region.length();
    }

    @Override
    public void writeTo(ByteOutput out) throws IOException {
      region.read(chunk -> out.write(chunk.array(), chunk.position(), chunk.remaining()));
    }
  }
}
