package org.onnxghn.ghn.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Path;
import org.onnxghn.ghn.Ghn;

/**
 * Where a hypernetwork is taken from.
 *
 * @param file a safetensors file, or null for {@link #EMBEDDED}
 */
public record CheckpointSource(Path file) {
  /** The checkpoint that ships inside this library (ghn/CHECKPOINT.md). */
  public static final CheckpointSource EMBEDDED = new CheckpointSource(null);

  private static final URL RESOURCE = Ghn.class.getResource("default.safetensors");

  /** Whether this build has an {@link #EMBEDDED} checkpoint. */
  public static boolean hasEmbedded() {
    return RESOURCE != null;
  }

  /**
   * Opens it. Close it after use.
   *
   * @throws CheckpointException for any file that is not a complete, valid checkpoint; OG-328 when
   *     this build has no embedded one
   */
  public Checkpoint open() {
    return file != null ? Checkpoint.read(file) : open(RESOURCE);
  }

  /**
   * Opens a resource.
   *
   * @param resource null when there is none
   */
  static Checkpoint open(URL resource) {
    if (resource == null) {
      throw new CheckpointException(
          CheckpointException.NOT_EMBEDDED,
          "this build of onnx-ghn has no embedded checkpoint",
          "Name a checkpoint with --checkpoint (see `onnx-ghn checkpoint import --help`), or build"
              + " again with ghn/src/main/resources/org/onnxghn/ghn/default.safetensors.");
    }
    try (InputStream in = resource.openStream()) {
      return Checkpoint.read("embedded", FileBytes.copyOf("the embedded checkpoint", in));
    } catch (IOException e) {
      throw new CheckpointException(
          CheckpointException.IO,
          "the embedded checkpoint cannot be copied into a temporary file: " + e.getMessage(),
          "check that there is space in " + System.getProperty("java.io.tmpdir"),
          e);
    }
  }

  /** The file's path, or {@code embedded}. */
  @Override
  public String toString() {
    return file == null ? "embedded" : file.toString();
  }
}
