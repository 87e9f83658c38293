package org.onnxghn.ghn.encoder;

import ai.djl.ndarray.NDArray;

/** Lets the nodes of each graph see each other. */
public interface Encoder {
  /**
   * @param x embedded nodes of all graphs, (nodes, h)
   * @param batch the graphs
   * @return node features, (nodes, h), before the final LayerNorm
   */
  NDArray encode(NDArray x, GraphBatch batch);
}
