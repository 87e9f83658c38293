package org.onnxghn.onnx;

import java.util.Objects;

/**
 * How a model is written.
 *
 * @param externalData where the tensors go; above 2 GB {@link ExternalData#ALWAYS} applies whatever
 *     is chosen here
 * @param overwriteInput whether the output may take the place of the file that the model was read
 *     from
 */
public record WriteOptions(ExternalData externalData, boolean overwriteInput) {
  /** External data as it came, and the input is not touched. */
  public static final WriteOptions DEFAULT = new WriteOptions(ExternalData.KEEP, false);

  /** Checks that there is a choice. */
  public WriteOptions {
    Objects.requireNonNull(externalData);
  }
}
