package org.onnxghn.ghn.checkpoint;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;

/** The form of a checkpoint file, by its first bytes. */
enum FileForm {
  SAFETENSORS,
  ZIP,
  LEGACY_TORCH,
  PICKLE,
  ZLIB,
  GZIP,
  OTHER_COMPRESSION,
  UNKNOWN;

  /** What a pickle of torch's magic number begins with. */
  private static final byte[] LEGACY =
      unsigned(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.');

  private static final byte[] BZIP2 = unsigned('B', 'Z', 'h');
  private static final byte[] XZ = unsigned(0xfd, '7', 'z', 'X', 'Z', 0);
  private static final byte[] LZMA = unsigned(0x5d, 0, 0);
  private static final byte[] LZ4 = unsigned(0x04, 0x22, 0x4d, 0x18);

  static FileForm of(FileBytes file) {
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(16, file.size()));
    file.read(0, buffer);
    byte[] head = buffer.array();
    if (starts(head, unsigned('P', 'K', 3, 4))) {
      return ZIP;
    } else if (starts(head, LEGACY)) {
      return LEGACY_TORCH;
    } else if (safetensors(head)) {
      return SAFETENSORS;
    } else if (starts(head, unsigned(0x80)) && head.length > 1 && head[1] >= 2 && head[1] <= 5) {
      return PICKLE;
    } else if (starts(head, unsigned(0x1f, 0x8b))) {
      return GZIP;
    } else if (starts(head, unsigned(0x78)) && head.length > 1 && zlibCheck(head)) {
      return ZLIB;
    }
    boolean other =
        starts(head, BZIP2) || starts(head, XZ) || starts(head, LZMA) || starts(head, LZ4);
    return other ? OTHER_COMPRESSION : UNKNOWN;
  }

  static void requireSafetensors(FileBytes file) {
    FileForm form = of(file);
    if (form != SAFETENSORS && form != UNKNOWN) {
      throw new CheckpointException(
          CheckpointException.UNKNOWN_FORMAT,
          file.name() + " is not a safetensors file (it looks like " + form.label() + ")",
          "convert it with 'onnx-ghn checkpoint import " + file.name() + " -o c.safetensors'");
    }
  }

  /** For messages and provenance. */
  String label() {
    return switch (this) {
      case SAFETENSORS -> "safetensors";
      case ZIP -> "torch zip";
      case LEGACY_TORCH -> "legacy torch stream";
      case PICKLE -> "joblib pickle";
      case ZLIB -> "joblib pickle, zlib";
      case GZIP -> "joblib pickle, gzip";
      case OTHER_COMPRESSION -> "a file compressed with bzip2, xz, lzma or lz4";
      case UNKNOWN -> "unknown";
    };
  }

  /** The file's name without its extensions of checkpoints. */
  static String stem(Path path) {
    String name = String.valueOf(path.getFileName());
    int dot = name.indexOf('.', 1);
    return dot < 0 ? name : name.substring(0, dot);
  }

  /** A header of less than 4 GiB; asked early, because its length may look like another magic. */
  private static boolean safetensors(byte[] head) {
    return head.length > 8 && head[8] == '{' && Arrays.equals(head, 4, 8, new byte[4], 0, 4);
  }

  private static boolean zlibCheck(byte[] head) {
    return ((head[0] & 0xff) << 8 | head[1] & 0xff) % 31 == 0;
  }

  private static boolean starts(byte[] head, byte[] magic) {
    return head.length >= magic.length
        && Arrays.equals(head, 0, magic.length, magic, 0, magic.length);
  }

  private static byte[] unsigned(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
