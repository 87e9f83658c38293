package org.onnxghn.converter.cli;

import java.nio.file.Path;
import org.onnxghn.ghn.checkpoint.CheckpointSource;
import picocli.CommandLine.Option;

/** The mixin for {@code --checkpoint}. */
public final class CheckpointOption {
  private static final String NONE = "none";

  @Option(
      names = "--checkpoint",
      paramLabel = "C",
      description = {
        "A hypernetwork, as `onnx-ghn checkpoint import` writes it, or none",
        "(default: the embedded one, see `onnx-ghn checkpoint info`)."
      })
  private Path checkpoint;

  /** The hypernetwork; null for none. */
  public CheckpointSource source() {
    if (checkpoint == null) {
      return CheckpointSource.EMBEDDED;
    }
    return checkpoint.toString().equals(NONE) ? null : new CheckpointSource(checkpoint);
  }
}
