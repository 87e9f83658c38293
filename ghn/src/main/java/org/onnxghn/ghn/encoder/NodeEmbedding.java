package org.onnxghn.ghn.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import java.util.List;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.GhnParameters;
import org.onnxghn.graph.GraphNode;

/** First features of a node: its primitive and its shape (GHN3.md 4.2, points 1 and 2). */
public final class NodeEmbedding {
  private final ShapeVocabulary vocabulary;
  private final NDArray primitives;
  private final NDArray channels;
  private final NDArray spatial;

  /** Takes {@code embed} and {@code shape_enc}. */
  public NodeEmbedding(GhnConfig config, GhnParameters parameters) {
    vocabulary = new ShapeVocabulary(config.numClasses(), config.maxSpatial());
    primitives = parameters.get("embed.weight");
    channels = parameters.get("shape_enc.embed_channel.weight");
    spatial = parameters.get("shape_enc.embed_spatial.weight");
  }

  /** Node features, (nodes, h). */
  public NDArray embed(GraphBatch batch) {
    List<GraphNode> nodes = batch.rows();
    long[] primitive = new long[nodes.size()];
    long[][] shape = new long[4][nodes.size()];
    for (int row = 0; row < primitive.length; row++) {
      primitive[row] = nodes.get(row).primitive().ordinal();
      int[] rows = vocabulary.rows(nodes.get(row).shape());
      for (int axis = 0; axis < 4; axis++) {
        shape[axis][row] = rows[axis];
      }
    }
    NDArray shapes =
        NDArrays.concat(
            new NDList(
                Layers.rows(channels, shape[0]),
                Layers.rows(channels, shape[1]),
                Layers.rows(spatial, shape[2]),
                Layers.rows(spatial, shape[3])),
            1);
    return Layers.rows(primitives, primitive).add(shapes);
  }
}
