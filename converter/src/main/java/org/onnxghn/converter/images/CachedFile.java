package org.onnxghn.converter.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A file in the folder of an {@link ImageCache}, finished or not.
 *
 * @param used when it was written or read last
 */
record CachedFile(Path path, long bytes, Instant used) {
  /** Those of a folder, the one used last first; what cannot be looked at is left out. */
  static List<CachedFile> of(Path folder) {
    List<CachedFile> files = new ArrayList<>();
    try (Stream<Path> paths = Files.list(folder)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        String name = path.getFileName().toString();
        if (name.matches("[0-9a-f]{32}\\.images|\\.images-\\d+\\.tmp")) {
          files.add(
              new CachedFile(path, Files.size(path), Files.getLastModifiedTime(path).toInstant()));
        }
      }
    } catch (IOException e) {
      // Another process is making room.
      return List.of();
    }
    files.sort(Comparator.comparing(CachedFile::used).reversed());
    return files;
  }

  /** Deletes it, unless the system keeps it because it is in use. */
  void delete() {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      return;
    }
  }
}
