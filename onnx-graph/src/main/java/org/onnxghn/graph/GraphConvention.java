package org.onnxghn.graph;

/**
 * Whose conventions the computational graph follows where the reference implementation and the
 * network disagree.
 */
public enum GraphConvention {
  /**
   * As the reference draws it, quirks included (GHN3.md 2), because the public checkpoints were
   * trained with that: operators that see nothing but the raw input are absent, the weight of a
   * Linear without bias is a side branch of the input, and squeeze-excite gates made by Linear
   * layers are no node (those made by convolutions are).
   */
  REFERENCE,
  /**
   * As data flows: the weight of a Linear without bias is on the way, and so are operators on the
   * raw input.
   */
  NATURAL
}
