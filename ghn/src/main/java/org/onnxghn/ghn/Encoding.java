package org.onnxghn.ghn;

import ai.djl.ndarray.NDArray;
import org.onnxghn.ghn.encoder.GraphBatch;

/**
 * Graphs between the encoder and the decoder.
 *
 * @param features of all nodes, (nodes, h)
 * @param batch the graphs, in the order of their rows
 */
public record Encoding(NDArray features, GraphBatch batch) {}
