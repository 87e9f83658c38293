package org.onnxghn.onnx;

/** Where a written model keeps its tensors. */
public enum ExternalData {
  /** Each tensor as it came: in the model file, or in a file of its own. */
  KEEP,
  /** All in the model file, as long as that stays below protobuf's 2 GB. */
  INLINE,
  /** Initializers of 1 KiB and more in one file beside the model. */
  ALWAYS
}
