package org.onnxghn.ghn.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Reads a region of a file from its beginning to its end; every length is checked against it. */
final class PickleInput {
  private static final int BUFFER = 1 << 13;
  private static final int MAX_LINE = 256;
  private static final int MAX_STRING = 1 << 20;

  private final FileBytes file;
  private final long end;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
  private long bufferEnd;

  PickleInput(FileRegion region) {
    this.file = region.file();
    this.bufferEnd = region.offset();
    this.end = region.offset() + region.length();
    buffer.limit(0);
  }

  FileBytes file() {
    return file;
  }

  /** Offset in the file of the next byte. */
  long position() {
    return bufferEnd - buffer.remaining();
  }

  long remaining() {
    return end - position();
  }

  int u8() {
    return need(1).get() & 0xff;
  }

  int u16() {
    return need(2).getShort() & 0xffff;
  }

  int i32() {
    return need(4).getInt();
  }

  long u32() {
    return i32() & 0xffffffffL;
  }

  long i64() {
    return need(8).getLong();
  }

  double bigEndianDouble() {
    return Double.longBitsToDouble(Long.reverseBytes(i64()));
  }

  /** At most {@value #BUFFER} bytes. */
  byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    need(length).get(bytes);
    return bytes;
  }

  String utf8(long length) {
    requireRemaining(length);
    if (length > MAX_STRING) {
      throw new CheckpointException(
          CheckpointException.LIMIT,
          file.name() + ": a pickled string of " + length + " bytes is over the limit of 1 MiB",
          "this is not a checkpoint of weights");
    }
    ByteBuffer text = ByteBuffer.allocate((int) length);
    file.read(position(), text);
    skip(length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(text.flip()).toString();
    } catch (CharacterCodingException e) {
      throw file.damaged("has a pickled string that is not UTF-8 near byte " + position());
    }
  }

  /** Up to the next line feed, which is not part of it. */
  String line() {
    StringBuilder line = new StringBuilder();
    for (int c = u8(); c != '\n'; c = u8()) {
      if (line.length() == MAX_LINE) {
        throw file.damaged("has an endless line near byte " + position());
      }
      line.append((char) c);
    }
    return line.toString();
  }

  /** Passes over bytes without reading them. */
  FileRegion skip(long length) {
    requireRemaining(length);
    long start = position();
    if (length <= buffer.remaining()) {
      buffer.position(buffer.position() + (int) length);
    } else {
      bufferEnd = start + length;
      buffer.limit(0);
    }
    return new FileRegion(file, start, length);
  }

  private ByteBuffer need(int length) {
    if (buffer.remaining() < length) {
      requireRemaining(length);
      long start = position();
      buffer.clear().limit((int) Math.min(BUFFER, end - start));
      file.read(start, buffer);
      bufferEnd = start + buffer.flip().limit();
    }
    return buffer;
  }

  private void requireRemaining(long length) {
    // As unsigned numbers: a length of 2^63 or more is negative here.
    if (length < 0 || length > remaining()) {
      throw file.damaged(
          "ends early: byte "
              + position()
              + " announces "
              + Long.toUnsignedString(length)
              + " bytes, and "
              + remaining()
              + " are left");
    }
  }
}
