package org.onnxghn.trainer.exec;

import org.onnxghn.onnx.StoredTensor;

/** What a name of the ONNX graph stands for while the program's text is written. */
sealed interface Value {

  /**
   * A tensor that the program computes.
   *
   * @param id its name in the text
   */
  record Tensor(String id) implements Value {}

  /**
   * Integers on the host: a shape or what is computed from one.
   *
   * @param expression of type {@code List[int]}, without side effects
   * @param folded the values when they are known now, or null
   * @param scalar whether ONNX sees a tensor of rank 0; the list then has one element
   * @param type PyTorch's number of the element type that ONNX sees
   */
  record Ints(String expression, long[] folded, boolean scalar, int type) implements Value {}

  /** A tensor of the file, which becomes an argument, or host integers, when it is used. */
  record Stored(StoredTensor tensor) implements Value {}

  /**
   * A sequence of tensors.
   *
   * @param id its name in the text, a {@code List[Tensor]}
   */
  record Sequence(String id) implements Value {}

  /** An optional input of a function, in a call that leaves it out. */
  record Absent() implements Value {}
}
