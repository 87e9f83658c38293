package org.onnxghn.trainer.train;

import java.util.Locale;

/** What a training step spends its time with. */
public enum Phase {
  /** Drawing architectures and writing them as ONNX. */
  SAMPLE,
  /** Importing and compiling them. */
  IMPORT,
  /** The hypernetwork's forward. */
  PREDICT,
  /** The target networks' forward, with the loss. */
  FORWARD,
  /** Backward through target networks and hypernetwork. */
  BACKWARD,
  /** Clipping and update. */
  UPDATE;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
