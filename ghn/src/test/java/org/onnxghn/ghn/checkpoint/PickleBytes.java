package org.onnxghn.ghn.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Assembles pickles instruction by instruction, good ones and hostile ones. */
final class PickleBytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  static PickleBytes protocol(int version) {
    return new PickleBytes().raw(0x80, version);
  }

  PickleBytes raw(int... bytes) {
    for (int b : bytes) {
      out.write(b);
    }
    return this;
  }

  PickleBytes raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  PickleBytes i32(int value) {
    return raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  PickleBytes i64(long value) {
    return raw(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }

  PickleBytes ops(String ascii) {
    return raw(ascii.getBytes(StandardCharsets.US_ASCII));
  }

  PickleBytes global(String module, String name) {
    return ops("c" + module + "\n" + name + "\n");
  }

  PickleBytes string(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return ops("X").i32(bytes.length).raw(bytes);
  }

  PickleBytes integer(long value) {
    return value == (int) value ? ops("J").i32((int) value) : raw(0x8a, 8).i64(value);
  }

  PickleBytes tuple(long... values) {
    ops("(");
    for (long value : values) {
      integer(value);
    }
    return ops("t");
  }

  PickleBytes bytes(byte[] bytes) {
    return ops("B").i32(bytes.length).raw(bytes);
  }

  /** A tensor as joblib stores it, with everything about it free to be wrong. */
  PickleBytes tensor(byte[] stream, long offset, long[] size, long[] strides) {
    global("torch._utils", "_rebuild_tensor_v2").ops("(");
    global("torch.storage", "_load_from_bytes").bytes(stream).raw(0x85).ops("R");
    integer(offset).tuple(size).tuple(strides).raw(0x89);
    return global("collections", "OrderedDict").ops(")RtR");
  }

  /** A legacy torch stream of one storage. */
  static byte[] stream(String storageClass, long declared, long written, byte[] data) {
    PickleBytes magic =
        new PickleBytes()
            .raw(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19)
            .ops(".");
    PickleBytes stream = magic.raw(0x80, 2).integer(1001).ops(".");
    stream.raw(0x80, 2).ops("}").string("little_endian").raw(0x88).ops("s.");
    stream.raw(0x80, 2).ops("(").string("storage").global("torch", storageClass).string("17");
    stream.string("cuda:0").integer(declared).ops("NtQ.");
    stream.raw(0x80, 2).ops("]").string("17").ops("a.");
    return stream.i64(written).raw(data).toBytes();
  }

  byte[] toBytes() {
    return out.toByteArray();
  }
}
