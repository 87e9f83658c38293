package org.onnxghn.ghn.encoder;

import ai.djl.ndarray.NDArray;
import java.util.Set;
import org.onnxghn.ghn.GhnConfig.Ablation;
import org.onnxghn.ghn.GhnParameters;
import org.onnxghn.graph.ShortestPaths;

/**
 * What a node's place in the graph adds to its features: in- and out-degree, and the distance from
 * the input (GHN3.md 4.2, point 3).
 */
final class CentralityEmbedding {
  private static final int MAX_DEGREE = 100;
  private static final int MAX_DISTANCE = 1000;

  private final Set<Ablation> without;
  private final NDArray in;
  private final NDArray out;
  private final NDArray distance;

  CentralityEmbedding(GhnParameters parameters) {
    without = parameters.config().without();
    in = parameters.get("gnn.0.centrality_embed_in.weight");
    out = parameters.get("gnn.0.centrality_embed_out.weight");
    distance = parameters.get("gnn.0.input_dist_embed.weight");
  }

  /** Adds to node features, (nodes, h). */
  NDArray add(NDArray x, GraphBatch batch) {
    long[] inDegree = new long[batch.nodes()];
    long[] outDegree = new long[batch.nodes()];
    long[] inputDistance = new long[batch.nodes()];
    for (GraphBatch.Member member : batch.members()) {
      ShortestPaths paths = member.paths();
      for (int node = 0; node < paths.size(); node++) {
        int row = member.offset() + node;
        int[] successors = member.graph().successors(node);
        outDegree[row] = Math.min(successors.length, MAX_DEGREE);
        for (int successor : successors) {
          int to = member.offset() + successor;
          inDegree[to] = Math.min(inDegree[to] + 1, MAX_DEGREE);
        }
        inputDistance[row] = Math.min(paths.distance(0, node), MAX_DISTANCE);
      }
    }
    NDArray sum = x;
    if (!without.contains(Ablation.CENTRALITY)) {
      sum = sum.add(Layers.rows(in, inDegree)).add(Layers.rows(out, outDegree));
    }
    return without.contains(Ablation.INPUT_DISTANCE)
        ? sum
        : sum.add(Layers.rows(distance, inputDistance));
  }
}
