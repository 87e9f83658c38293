package org.onnxghn.onnx;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.onnxghn.SharedData;

/** The models of {@code ../shared} as files that can be read; zipped ones unzipped. */
final class SharedModels {
  private SharedModels() {}

  /** Paths below shared of all models in a folder. */
  static List<String> in(String folder) {
    Path root = SharedData.path(folder);
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(file -> file.toString().endsWith(".onnx") || file.toString().endsWith(".onnx.gz"))
          .map(file -> folder + "/" + root.relativize(file))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The file itself, or an unzipped copy in the temporary folder. */
  static Path file(String relative, Path temporary) {
    if (!relative.endsWith(".gz")) {
      return SharedData.path(relative);
    }
    Path name = Path.of(relative.substring(0, relative.length() - 3)).getFileName();
    Path copy = temporary.resolve(name);
    try (InputStream in = SharedData.open(relative)) {
      if (!Files.exists(copy)) {
        Files.copy(in, copy);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return copy;
  }
}
