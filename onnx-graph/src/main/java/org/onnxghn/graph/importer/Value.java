package org.onnxghn.graph.importer;

import org.onnxghn.onnx.StoredTensor;

/** A value that flows between operators. */
final class Value {
  final int id;
  final String name;

  /** Id of the operator that computes it, or -1. */
  int producer = -1;

  /**
   * The tensor that it stands for when it is an initializer, a constant, or a graph input that
   * could be one; else null.
   */
  StoredTensor stored;

  /** Whether it is an input of the main graph. */
  boolean graphInput;

  Value(int id, String name) {
    this.id = id;
    this.name = name;
  }
}
