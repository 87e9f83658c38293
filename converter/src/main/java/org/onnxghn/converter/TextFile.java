package org.onnxghn.converter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Writes a text file so that it is there whole or not at all. */
public final class TextFile {
  private TextFile() {}

  /**
   * Writes beside the target, syncs, renames; UTF-8.
   *
   * @throws ConversionException OG-401
   */
  public static void write(Path target, String text) {
    try {
      Path name = target.getFileName();
      if (name == null || Files.isDirectory(target)) {
        throw new IOException("it is a folder");
      }
      long unique = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
      Path folder = target.toAbsolutePath().getParent();
      if (!Files.isDirectory(folder)) {
        throw new IOException("there is no folder " + folder);
      }
      Path temporary = target.resolveSibling("." + name + "." + unique + ".tmp");
      // Where the program is interrupted.
      temporary.toFile().deleteOnExit();
      try {
        store(temporary, text);
        Files.move(
            temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new ConversionException(
          Codes.OUTPUT,
          "cannot write " + target + ": " + e.getMessage(),
          "Choose a file in a folder that exists and may be written to.",
          e);
    }
  }

  /**
   * Refuses a target that is one of the files read, through whatever name or link.
   *
   * @throws ConversionException OG-402
   */
  public static void requireOther(Path target, List<Path> inputs) {
    for (Path input : inputs) {
      boolean same;
      try {
        same = Files.exists(target) && Files.exists(input) && Files.isSameFile(target, input);
      } catch (IOException e) {
        same = true;
      }
      if (same) {
        throw new ConversionException(
            Codes.OUTPUT_IS_INPUT,
            target + " is a file that is read, and would be overwritten",
            "Choose another file.");
      }
    }
  }

  private static void store(Path file, String text) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }
}
