package org.onnxghn.ghn.checkpoint;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/** Decompresses into a temporary file, which disappears when it is closed. */
final class Decompression {
  private static final int CHUNK = 1 << 16;

  /** Weights are nearly random: more than this is a decompression bomb. */
  private static final long MAX_RATIO = 20;

  private static final long ALWAYS_ALLOWED = 16 << 20;

  private Decompression() {}

  static FileBytes decompress(Path path, FileForm form, long compressedSize) {
    FileChannel channel = null;
    try (InputStream raw = new BufferedInputStream(Files.newInputStream(path), CHUNK);
        InputStream in =
            form == FileForm.GZIP ? new GZIPInputStream(raw) : new InflaterInputStream(raw)) {
      channel = FileBytes.temporary();
      copy(path, in, channel, Math.max(ALWAYS_ALLOWED, compressedSize * MAX_RATIO));
      return FileBytes.of(path.toString(), channel);
    } catch (ZipException | EOFException e) {
      closeQuietly(channel);
      throw new CheckpointException(
          CheckpointException.DAMAGED,
          path + ": its compressed stream is damaged: " + e.getMessage(),
          "download or write it again",
          e);
    } catch (IOException e) {
      closeQuietly(channel);
      throw new CheckpointException(
          CheckpointException.IO,
          path + " cannot be decompressed into a temporary file: " + e.getMessage(),
          "check that there is space in " + System.getProperty("java.io.tmpdir"),
          e);
    } catch (RuntimeException e) {
      closeQuietly(channel);
      throw e;
    }
  }

  private static void copy(Path path, InputStream in, FileChannel out, long limit)
      throws IOException {
    byte[] chunk = new byte[CHUNK];
    long total = 0;
    for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
      total += n;
      if (total > limit) {
        throw new CheckpointException(
            CheckpointException.LIMIT,
            path + " expands to more than " + limit + " bytes, which weights never do",
            "decompress it with a tool that you trust, then import the result");
      }
      ByteBuffer bytes = ByteBuffer.wrap(chunk, 0, n);
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    }
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException ignored) {
      // The error that is being thrown says more.
    }
  }
}
