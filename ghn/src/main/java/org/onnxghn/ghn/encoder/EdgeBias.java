package org.onnxghn.ghn.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Activation;
import org.onnxghn.ghn.GhnConfig.Ablation;
import org.onnxghn.ghn.GhnParameters;
import org.onnxghn.graph.ShortestPaths;

/**
 * What attention adds to the logit of a pair of nodes, from the distances between them in both
 * directions (GHN3.md 4.2, point 4). In an acyclic graph one of the two is 0, so that 2 x 50 + 1
 * different pairs exist: they are computed once, and looked up for each pair of nodes.
 */
final class EdgeBias {
  /** A distance d is row d + 2 of the table: the reference shifts by two. */
  private static final int SHIFT = 2;

  private static final int CUTOFF = ShortestPaths.CUTOFF;

  private final boolean both;
  private final NDArray embedding;
  private final NDArray weight1;
  private final NDArray bias1;
  private final NDArray weight2;
  private final NDArray bias2;

  EdgeBias(GhnParameters parameters) {
    both = !parameters.config().without().contains(Ablation.BACKWARD_EDGES);
    String prefix = "gnn.0.attn.";
    embedding = parameters.get(prefix + "edge_embed.embed.weight");
    weight1 = parameters.get(prefix + "proj_e.0.weight");
    bias1 = parameters.get(prefix + "proj_e.0.bias");
    weight2 = parameters.get(prefix + "proj_e.2.weight");
    bias2 = parameters.get(prefix + "proj_e.2.bias");
  }

  /** Biases of all pairs of distances, (101, heads); row 50 + d is distance d forward. */
  NDArray table() {
    long[] forward = new long[2 * CUTOFF + 1];
    long[] backward = new long[2 * CUTOFF + 1];
    for (int row = 0; row < forward.length; row++) {
      forward[row] = SHIFT + Math.max(row - CUTOFF, 0);
      backward[row] = SHIFT + (both ? Math.max(CUTOFF - row, 0) : 0);
    }
    NDArray pairs =
        NDArrays.concat(
            new NDList(Layers.rows(embedding, forward), Layers.rows(embedding, backward)), 1);
    return Layers.linear(Activation.relu(Layers.linear(pairs, weight1, bias1)), weight2, bias2);
  }

  /** Biases between the nodes of one graph, (heads, query, key). */
  static NDArray between(NDArray table, ShortestPaths paths) {
    int n = paths.size();
    long[] index = new long[n * n];
    for (int from = 0; from < n; from++) {
      for (int to = 0; to < n; to++) {
        index[from * n + to] = CUTOFF + paths.distance(from, to) - paths.distance(to, from);
      }
    }
    long heads = table.getShape().get(1);
    // The second reshape copies: every layer adds these, and reads them in order then.
    return Layers.rows(table, index).transpose(1, 0).reshape(heads * n * n).reshape(heads, n, n);
  }
}
