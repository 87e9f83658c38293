package org.onnxghn.trainer.exec;

/** Writes the text of one ONNX operator. */
@FunctionalInterface
public interface Emitter {
  /**
   * Writes the text that computes the node's outputs.
   *
   * @throws Unsupported for a form of the operator that cannot be run
   */
  void emit(NodeCode node);
}
