package org.onnxghn.converter.runtime;

import ai.onnxruntime.OrtEnvironment;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where ONNX Runtime has unpacked its libraries, in the folder for temporary files. It asks for
 * that folder's deletion before that of the files in it, when the folder isn't empty yet, so that
 * each process would leave an empty folder behind (1.29.0), and a killed one the libraries, too.
 */
final class NativeFolder {
  private NativeFolder() {}

  /**
   * Deletes the folder; called once, after the libraries are loaded. Systems but Windows keep what
   * is loaded. Where more libraries are to come, those of a GPU, it is deleted when the JVM ends.
   */
  static void delete() {
    Path folder = find();
    if (folder == null) {
      return;
    }
    if (!Providers.isGpu()) {
      delete(folder);
      return;
    }
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
    } catch (IllegalStateException e) {
      // The JVM is ending already, and the libraries are still to be loaded by what runs.
    }
  }

  /** Null where another version keeps it elsewhere, which may well delete it itself. */
  private static Path find() {
    try {
      Class<?> runtime = Class.forName(OrtEnvironment.class.getPackageName() + ".OnnxRuntime");
      Field field = runtime.getDeclaredField("tempDirectory");
      field.setAccessible(true);
      return (Path) field.get(null);
    } catch (ReflectiveOperationException | RuntimeException e) {
      return null;
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : List.copyOf(files.toList())) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      // Windows deletes no library that is loaded; there it stays for whoever clears that folder.
    }
  }
}
