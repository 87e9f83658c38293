package org.onnxghn.onnx;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;

/**
 * How a model is written.
 *
 * @param externalData where the tensors go; above 2 GB {@link ExternalData#ALWAYS} applies whatever
 *     is chosen here
 * @param overwriteInput whether the output may take the place of the file that the model was read
 *     from
 * @param untouched other files that are never replaced, as real paths, such as those of the model
 *     that this one was made from
 */
public record WriteOptions(ExternalData externalData, boolean overwriteInput, Set<Path> untouched) {
  /** External data as it came, and the input is not touched. */
  public static final WriteOptions DEFAULT = new WriteOptions(ExternalData.KEEP, false);

  /** Checks that there is a choice. */
  public WriteOptions {
    Objects.requireNonNull(externalData);
    untouched = Set.copyOf(untouched);
  }

  /** With no other files to leave alone. */
  public WriteOptions(ExternalData externalData, boolean overwriteInput) {
    this(externalData, overwriteInput, Set.of());
  }

  /** The same, and these files are left alone. */
  public WriteOptions withUntouched(Set<Path> files) {
    return new WriteOptions(externalData, overwriteInput, files);
  }
}
