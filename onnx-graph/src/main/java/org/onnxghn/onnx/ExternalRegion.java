package org.onnxghn.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The part of a file that holds one tensor's bytes; it was inside the model's folder when located.
 *
 * @param file real path
 * @param offset first byte
 * @param length bytes
 */
record ExternalRegion(Path file, long offset, long length) {
  private static final int CHUNK = 1 << 20;

  /** Takes the next chunk of bytes, in order of little endian. */
  @FunctionalInterface
  interface Chunks {
    void next(ByteBuffer chunk) throws IOException;
  }

  /**
   * Reads the region in chunks of at most 1 MiB (a multiple of 16 bytes, except the last).
   *
   * @throws IOException when the file cannot be read, or has become shorter
   */
  void read(Chunks consumer) throws IOException {
    ByteBuffer chunk =
        ByteBuffer.allocate((int) Math.min(CHUNK, length)).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      long done = 0;
      while (done < length) {
        chunk.clear().limit((int) Math.min(chunk.capacity(), length - done));
        while (chunk.hasRemaining()) {
          if (channel.read(chunk, offset + done + chunk.position()) < 0) {
            throw new IOException("ends before byte " + (offset + length));
          }
        }
        done += chunk.flip().remaining();
        consumer.next(chunk);
      }
    }
  }
}
