package org.onnxghn.graph.importer;

import java.util.List;

/**
 * What one operator is in the computational graph.
 *
 * @param chain the nodes that its data goes through, in order; empty when it is contracted
 * @param dataInputs the values that flow into it
 * @param flow how the chain stands in the flow
 */
record Layer(List<NodeSpec> chain, int[] dataInputs, Flow flow) {
  enum Flow {
    /** Data goes through the chain. */
    THROUGH,
    /**
     * Reference convention, Linear without bias: data goes past the weight, which joins it behind
     * (GHN3.md 2.2).
     */
    BESIDE,
    /**
     * Attention weights (first input) times values (second): what only the values come from enters
     * the softmax instead.
     */
    ATTENTION_VALUES,
    /** The first input goes through the chain; the second joins it at the sum, its last node. */
    RESIDUAL
  }

  static Layer contracted(int... dataInputs) {
    return new Layer(List.of(), dataInputs, Flow.THROUGH);
  }

  static Layer of(List<NodeSpec> chain, int... dataInputs) {
    return new Layer(chain, dataInputs, Flow.THROUGH);
  }
}
