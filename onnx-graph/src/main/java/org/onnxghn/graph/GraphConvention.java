package org.onnxghn.graph;

/**
 * Whose conventions the computational graph follows where the reference implementation and the
 * network disagree.
 */
public enum GraphConvention {
  /**
   * As the reference draws it, quirks included (GHN3.md 2), because the public checkpoints were
   * trained with that: operators that see nothing but the raw input are absent, and the weight of a
   * Linear without bias is a side branch of the input.
   */
  REFERENCE,
  /**
   * As data flows: the weight of a Linear without bias is on the way, and so are operators on the
   * raw input.
   */
  NATURAL
}
