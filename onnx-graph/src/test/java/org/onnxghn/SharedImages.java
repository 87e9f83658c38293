package org.onnxghn;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Unpacks the image archives below {@code shared/data} once, into the module's build folder. */
public final class SharedImages {
  private static final int BLOCK = 512;

  private SharedImages() {}

  /**
   * CIFAR-10 as class folders, in {@code train} and {@code test} below the result; skips the test
   * when it is absent.
   *
   * @param perClass at most so many images of each class, the first ones
   */
  public static synchronized Path cifar10(String split, int perClass) {
    Path folder = Path.of("target", "cifar10-" + perClass).toAbsolutePath();
    Path done = folder.resolve("." + split + "-done");
    if (!Files.exists(done)) {
      try (InputStream archive = SharedData.open("data/cifar10-jpeg/" + split + ".tar.gz")) {
        unpack(new DataInputStream(archive), folder, perClass);
        Files.writeString(done, "");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return folder;
  }

  private static void unpack(DataInputStream tar, Path folder, int perClass) throws IOException {
    Map<Path, Integer> counts = new HashMap<>();
    byte[] header = new byte[BLOCK];
    while (true) {
      try {
        tar.readFully(header);
      } catch (EOFException e) {
        return;
      }
      if (header[0] == 0) {
        return;
      }
      Path file = folder.resolve(text(header, 0, 100)).normalize();
      int size = Integer.parseInt(text(header, 124, 12).trim(), 8);
      byte[] content = tar.readNBytes(size);
      tar.skipNBytes((BLOCK - size % BLOCK) % BLOCK);
      boolean regular = header[156] == '0' || header[156] == 0;
      if (regular && counts.merge(file.getParent(), 1, Integer::sum) <= perClass) {
        Files.createDirectories(file.getParent());
        Files.write(file, content);
      }
    }
  }

  private static String text(byte[] header, int from, int length) {
    int end = from;
    while (end < from + length && header[end] != 0) {
      end++;
    }
    return new String(header, from, end - from, StandardCharsets.UTF_8);
  }
}
