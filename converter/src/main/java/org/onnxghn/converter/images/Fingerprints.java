package org.onnxghn.converter.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Text that changes when a file does. */
final class Fingerprints {
  private Fingerprints() {}

  /** Path, size and time of modification. */
  static String of(Path file) {
    try {
      return file.toRealPath()
          + "\0"
          + Files.size(file)
          + "\0"
          + Files.getLastModifiedTime(file).to(java.util.concurrent.TimeUnit.NANOSECONDS);
    } catch (IOException e) {
      throw new ImageException(
          ImageException.UNREADABLE, file + " cannot be read: " + e, "Check the file.", e);
    }
  }
}
