package org.onnxghn.converter.images;

import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One file of the cache: key (32 bytes), number of images (int32), length of what follows the
 * pixels (int32); pixels; then labels (int32 each) and bad images (count, then name and problem as
 * length and UTF-8). Big-endian.
 */
final class CacheFile {
  private static final int KEY = 32;
  private static final int HEADER = KEY + 8;
  private static final long BUFFER_BYTES = 1L << 30;
  private static final int MAX_TRAILER = 1 << 30;

  private CacheFile() {}

  /** Decodes into a file and syncs it. */
  static void write(Path file, byte[] key, ImageLoading loading) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.position(HEADER);
      OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 20);
      ImageLoading.Result result = loading.decode(out::write);
      byte[] trailer = trailer(result);
      out.write(trailer);
      out.flush();
      ByteBuffer header = ByteBuffer.allocate(HEADER).put(key);
      header.putInt(result.labels().length).putInt(trailer.length).flip();
      channel.write(header, 0);
      channel.force(true);
    }
  }

  private static byte[] trailer(ImageLoading.Result result) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    for (int label : result.labels()) {
      out.writeInt(label);
    }
    out.writeInt(result.bad().size());
    for (BadImage image : result.bad()) {
      writeText(out, image.name());
      writeText(out, image.problem());
    }
    return bytes.toByteArray();
  }

  private static void writeText(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  /** Maps the file; empty when it is not there or not what it should be. */
  static Optional<Images> open(Path file, byte[] key, ImageSpec spec, List<String> classNames) {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer header = ByteBuffer.allocate(HEADER);
      while (header.hasRemaining() && channel.read(header) >= 0) {}
      if (header.hasRemaining() || !header.slice(0, KEY).equals(ByteBuffer.wrap(key))) {
        return Optional.empty();
      }
      int count = header.getInt(KEY);
      int trailerBytes = header.getInt(KEY + 4);
      long pixelBytes = (long) count * spec.bytes();
      if (count < 1
          || trailerBytes < 0
          || trailerBytes > MAX_TRAILER
          || channel.size() != HEADER + pixelBytes + trailerBytes) {
        return Optional.empty();
      }
      int perBuffer = (int) (BUFFER_BYTES / spec.bytes());
      List<ByteBuffer> buffers = new ArrayList<>();
      for (int from = 0; from < count; from += Math.min(perBuffer, count - from)) {
        long bytes = (long) Math.min(perBuffer, count - from) * spec.bytes();
        long at = HEADER + (long) from * spec.bytes();
        buffers.add(channel.map(FileChannel.MapMode.READ_ONLY, at, bytes));
      }
      byte[] trailer = new byte[trailerBytes];
      channel.position(HEADER + pixelBytes);
      ByteBuffer rest = ByteBuffer.wrap(trailer);
      while (rest.hasRemaining() && channel.read(rest) >= 0) {}
      return Optional.of(
          images(trailer, count, spec, classNames, new StoredImages.Pixels(buffers, perBuffer)));
    } catch (IOException e) {
      // Damaged, or gone meanwhile: decoding again is always right.
      return Optional.empty();
    }
  }

  private static Images images(
      byte[] trailer,
      int count,
      ImageSpec spec,
      List<String> classNames,
      StoredImages.Pixels pixels)
      throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(trailer));
    if (trailer.length / Integer.BYTES < count) {
      throw new IOException("fewer labels than images");
    }
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      labels[i] = in.readInt();
      if (labels[i] < 0 || labels[i] >= classNames.size()) {
        throw new IOException("label out of range");
      }
    }
    List<BadImage> bad = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      bad.add(new BadImage(readText(in), readText(in)));
    }
    return new StoredImages(spec, classNames, labels, bad, pixels);
  }

  private static String readText(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IOException("text out of range");
    }
    return new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }
}
