package org.onnxghn.ghn.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The entries of a zip archive as torch writes it: stored, not compressed, so that their bytes can
 * be used where they lie (which {@link java.util.zip.ZipFile} does not tell). Zip64 included.
 */
final class ZipDirectory {
  private static final int LOCAL = 0x04034b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int END = 0x06054b50;
  private static final int END64_LOCATOR = 0x07064b50;
  private static final int END64 = 0x06064b50;
  private static final int END_LENGTH = 22;
  private static final int MAX_COMMENT = 0xffff;
  private static final int MAX_DIRECTORY = 16 << 20;
  private static final long U32 = 0xffffffffL;

  private final FileBytes file;

  /** An entry's bytes and their CRC-32 as the directory states it. */
  record Entry(FileRegion data, long crc) {}

  private ZipDirectory(FileBytes file) {
    this.file = file;
  }

  static Map<String, Entry> read(FileBytes file) {
    return new ZipDirectory(file).read();
  }

  private Map<String, Entry> read() {
    long end = findEnd();
    ByteBuffer record = bytes(end, END_LENGTH);
    long size = record.getInt(12) & U32;
    long start = record.getInt(16) & U32;
    if (end >= 20) {
      ByteBuffer locator = bytes(end - 20, 20);
      if (locator.getInt(0) == END64_LOCATOR) {
        ByteBuffer record64 = bytes(locator.getLong(8), 56);
        require(record64.getInt(0) == END64, "no zip64 end record");
        size = record64.getLong(40);
        start = record64.getLong(48);
      }
    }
    require(size >= 0 && size <= MAX_DIRECTORY, "a directory of impossible size");
    require(start >= 0 && start <= end - size, "a directory outside the file");
    ByteBuffer directory = bytes(start, (int) size);
    Map<String, Entry> entries = new LinkedHashMap<>();
    while (directory.hasRemaining()) {
      entry(directory, start, entries);
    }
    requireApart(entries);
    return entries;
  }

  private long findEnd() {
    int length = (int) Math.min(file.size(), END_LENGTH + MAX_COMMENT);
    ByteBuffer tail = bytes(file.size() - length, length);
    for (int at = length - END_LENGTH; at >= 0; at--) {
      boolean reachesEnd = at + END_LENGTH + (tail.getShort(at + 20) & 0xffff) == length;
      if (tail.getInt(at) == END && reachesEnd) {
        return file.size() - length + at;
      }
    }
    throw file.damaged("has no zip directory at its end");
  }

  private void entry(ByteBuffer directory, long limit, Map<String, Entry> entries) {
    require(directory.remaining() >= 46, "a directory that ends early");
    int at = directory.position();
    require(directory.getInt(at) == CENTRAL, "a damaged directory");
    int flags = directory.getShort(at + 8);
    int method = directory.getShort(at + 10);
    long crc = directory.getInt(at + 16) & U32;
    long[] sizes = {
      directory.getInt(at + 24) & U32,
      directory.getInt(at + 20) & U32,
      directory.getInt(at + 42) & U32
    };
    int nameLength = directory.getShort(at + 28) & 0xffff;
    int extraLength = directory.getShort(at + 30) & 0xffff;
    int commentLength = directory.getShort(at + 32) & 0xffff;
    int length = 46 + nameLength + extraLength + commentLength;
    require(directory.remaining() >= length, "a directory that ends early");
    byte[] nameBytes = new byte[nameLength];
    directory.get(at + 46, nameBytes);
    String name = new String(nameBytes, StandardCharsets.UTF_8);
    zip64(directory.slice(at + 46 + nameLength, extraLength).order(ByteOrder.LITTLE_ENDIAN), sizes);
    directory.position(at + length);

    String quoted = "entry '" + name + "'";
    require(safe(name), quoted + " with an unsafe name");
    require((flags & 1) == 0, quoted + " encrypted");
    require(method == 0 && sizes[0] == sizes[1], quoted + " compressed, which torch.save never is");
    FileRegion data = data(quoted, nameBytes, sizes[2], sizes[0], limit);
    require(entries.put(name, new Entry(data, crc)) == null, quoted + " twice");
  }

  /** Replaces those of size, compressed size and offset that are 32 bits of ones. */
  private static void zip64(ByteBuffer extra, long[] sizes) {
    while (extra.remaining() >= 4) {
      int id = extra.getShort() & 0xffff;
      int end = extra.position() + 2 + (extra.getShort(extra.position()) & 0xffff);
      extra.position(extra.position() + 2);
      if (end > extra.limit()) {
        return;
      }
      for (int i = 0; id == 1 && i < sizes.length; i++) {
        if (sizes[i] == U32 && end - extra.position() >= 8) {
          sizes[i] = extra.getLong();
        }
      }
      extra.position(end);
    }
  }

  private FileRegion data(String quoted, byte[] name, long offset, long size, long limit) {
    require(offset >= 0 && offset <= limit - 30, quoted + " outside the file");
    ByteBuffer local = bytes(offset, 30);
    int nameLength = local.getShort(26) & 0xffff;
    int extraLength = local.getShort(28) & 0xffff;
    boolean header = local.getInt(0) == LOCAL && nameLength == name.length;
    require(
        header && bytes(offset + 30, nameLength).equals(ByteBuffer.wrap(name)),
        quoted + " with another name in its own header");
    long start = offset + 30 + nameLength + extraLength;
    require(size >= 0 && start <= limit - size, quoted + " outside the file");
    return new FileRegion(file, start, size);
  }

  private void requireApart(Map<String, Entry> entries) {
    List<FileRegion> regions = new ArrayList<>();
    entries.values().forEach(entry -> regions.add(entry.data()));
    regions.sort(Comparator.comparingLong(FileRegion::offset));
    long end = 0;
    for (FileRegion region : regions) {
      require(region.offset() >= end, "entries that overlap");
      end = region.offset() + region.length();
    }
  }

  private static boolean safe(String name) {
    return !name.isEmpty()
        && !name.startsWith("/")
        && !name.contains("..")
        && name.chars().noneMatch(c -> c < ' ' || c == '\\' || c == ':');
  }

  private ByteBuffer bytes(long offset, int length) {
    require(offset >= 0 && offset <= file.size() - length, "a record outside the file");
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    file.read(offset, bytes);
    return bytes.flip();
  }

  private void require(boolean condition, String what) {
    if (!condition) {
      throw new CheckpointException(
          CheckpointException.ZIP,
          file.name() + ": the zip archive has " + what,
          "the file is damaged, or not a checkpoint as torch.save writes it");
    }
  }
}
