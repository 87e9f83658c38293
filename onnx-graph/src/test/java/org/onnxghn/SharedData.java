package org.onnxghn;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * The one place where tests find {@code ../shared}; a test that asks for what is not there is
 * skipped with that reason.
 */
public final class SharedData {
  private static final Path ROOT =
      Path.of(System.getProperty("onnxghn.shared", "../../shared")).toAbsolutePath().normalize();

  private SharedData() {}

  /** The file or folder at this path below {@code shared}; skips the test when it is absent. */
  public static Path path(String relative) {
    Path path = ROOT.resolve(relative);
    assumeTrue(Files.exists(path), () -> "skipped: no shared data at " + path);
    return path;
  }

  /**
   * Opens a file below {@code shared}, unzipped when its name ends in {@code .gz}; skips the test
   * when it is absent.
   */
  public static InputStream open(String relative) {
    Path path = path(relative);
    try {
      InputStream file = new BufferedInputStream(Files.newInputStream(path));
      return relative.endsWith(".gz") ? new GZIPInputStream(file) : file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether there is such a file or folder below {@code shared}. */
  public static boolean exists(String relative) {
    return Files.exists(ROOT.resolve(relative));
  }

  /**
   * Names of the files of a folder below {@code shared} that end so, sorted; skips the test when
   * the folder is absent.
   */
  public static Stream<String> list(String folder, String suffix) {
    try (Stream<Path> files = Files.list(path(folder))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(suffix))
          .sorted()
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
