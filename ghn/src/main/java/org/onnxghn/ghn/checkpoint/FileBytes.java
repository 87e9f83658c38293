package org.onnxghn.ghn.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.onnxghn.onnx.Sha256;

/** The bytes of a file by their offset, at any size of file; every access is bounds-checked. */
final class FileBytes implements Closeable {
  private static final int HASH_CHUNK = 1 << 20;

  private final String name;
  private final FileChannel channel;
  private final long size;

  private FileBytes(String name, FileChannel channel, long size) {
    this.name = name;
    this.channel = channel;
    this.size = size;
  }

  static FileBytes open(Path path) {
    if (Files.isDirectory(path)) {
      throw new CheckpointException(
          CheckpointException.IO, path + " is a folder", "name a checkpoint file");
    }
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      return new FileBytes(path.toString(), channel, channel.size());
    } catch (NoSuchFileException e) {
      throw new CheckpointException(
          CheckpointException.IO, path + " does not exist", "check the path", e);
    } catch (IOException e) {
      throw unreadable(path.toString(), e);
    }
  }

  /** Over a channel that is complete; {@code name} is what errors call it. */
  static FileBytes of(String name, FileChannel channel) throws IOException {
    return new FileBytes(name, channel, channel.size());
  }

  /** A copy of a stream in a temporary file, which disappears when it is closed. */
  static FileBytes copyOf(String name, InputStream in) throws IOException {
    FileChannel channel = temporary();
    try {
      in.transferTo(Channels.newOutputStream(channel));
      return of(name, channel);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** An empty file that disappears when it is closed. */
  static FileChannel temporary() throws IOException {
    Path path = Files.createTempFile("onnx-ghn-", ".tmp");
    return FileChannel.open(
        path,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE,
        StandardOpenOption.DELETE_ON_CLOSE);
  }

  /** The path as the user gave it, for messages. */
  String name() {
    return name;
  }

  long size() {
    return size;
  }

  /** Fills what remains of the buffer with the bytes from {@code offset} on. */
  void read(long offset, ByteBuffer into) {
    requireInside(offset, into.remaining());
    try {
      long at = offset;
      while (into.hasRemaining()) {
        int n = channel.read(into, at);
        if (n < 0) {
          throw damaged("ends at byte " + at + " while being read");
        }
        at += n;
      }
    } catch (IOException e) {
      throw unreadable(name, e);
    }
  }

  /** A little-endian, read-only view; it outlives {@link #close}. */
  ByteBuffer map(long offset, long length) {
    requireInside(offset, length);
    if (length > Integer.MAX_VALUE) {
      throw new CheckpointException(
          CheckpointException.LIMIT,
          name + ": a tensor of " + length + " bytes is over the limit of 2 GiB",
          "use a smaller hypernetwork");
    }
    try {
      return channel
          .map(FileChannel.MapMode.READ_ONLY, offset, length)
          .order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw unreadable(name, e);
    }
  }

  /** SHA-256 of the whole file, as {@code sha256sum} prints it. */
  String sha256() {
    MessageDigest digest = Sha256.digest();
    ByteBuffer chunk = ByteBuffer.allocate(HASH_CHUNK);
    for (long at = 0; at < size; at += chunk.limit()) {
      chunk.clear().limit((int) Math.min(HASH_CHUNK, size - at));
      read(at, chunk);
      digest.update(chunk.flip());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  CheckpointException damaged(String what) {
    return new CheckpointException(
        CheckpointException.DAMAGED,
        name + ": " + what,
        "the file is truncated or damaged: download or write it again");
  }

  private void requireInside(long offset, long length) {
    if (offset < 0 || length < 0 || offset > size - length) {
      throw damaged(
          "needs "
              + Long.toUnsignedString(length)
              + " bytes at offset "
              + Long.toUnsignedString(offset)
              + ", but has only "
              + size);
    }
  }

  private static CheckpointException unreadable(String name, IOException e) {
    return new CheckpointException(
        CheckpointException.IO,
        name + " cannot be read: " + e.getMessage(),
        "check that the file exists, is readable and is not changed meanwhile",
        e);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw unreadable(name, e);
    }
  }
}
