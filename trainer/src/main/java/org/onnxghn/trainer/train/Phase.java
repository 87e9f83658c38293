package org.onnxghn.trainer.train;

/** What a training step spends its time with. */
public enum Phase {
  /** Drawing architectures and writing them as ONNX. */
  SAMPLE("sampling"),
  /** Importing and compiling them. */
  IMPORT("import"),
  /** The hypernetwork's forward up to the nodes' features. */
  ENCODE("encode"),
  /** From the features to the parameters. */
  DECODE("decode"),
  /** The target networks' forward, with the loss. */
  FORWARD("targetForward"),
  /** Backward through target networks and hypernetwork. */
  BACKWARD("backward"),
  /** Clipping and update. */
  UPDATE("optimizer");

  private final String label;

  Phase(String label) {
    this.label = label;
  }

  /** As reports call it. */
  @Override
  public String toString() {
    return label;
  }
}
