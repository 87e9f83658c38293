package org.onnxghn.ghn.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.GhnParameters;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.ShortestPaths;

/**
 * GHN-2's encoder: one sweep over the nodes from the input to the output and one back, in which a
 * node's features are replaced by a gated recurrent unit's new state (GHN3.md 4.5). Nodes with the
 * same longest path from the input do not see each other and are computed together.
 */
public final class GatedGnn implements Encoder {
  private final MlpEncoder.Mlp edges;
  private final MlpEncoder.Mlp virtualEdges;
  private final GruCell gru;
  private final NDManager manager;

  /** Takes the tensors {@code gnn.*}. */
  public GatedGnn(GhnConfig config, GhnParameters parameters) {
    edges = new MlpEncoder.Mlp("gnn.mlp.fc", parameters);
    virtualEdges = config.virtualEdges() ? new MlpEncoder.Mlp("gnn.mlp_ve.fc", parameters) : null;
    gru = new GruCell("gnn.gru", parameters);
    manager = parameters.manager();
  }

  @Override
  public NDArray encode(NDArray x, GraphBatch batch) {
    NDList results = new NDList();
    for (GraphBatch.Member member : batch.members()) {
      ShortestPaths paths = member.paths();
      long[] rows = new long[paths.size()];
      Arrays.setAll(rows, node -> member.offset() + node);
      List<int[]> levels = levels(member.graph());
      NDArray forward = sweep(Layers.rows(x, rows), paths, levels, true);
      Collections.reverse(levels);
      results.add(sweep(forward, paths, levels, false));
    }
    return results.size() == 1 ? results.get(0) : NDArrays.concat(results, 0);
  }

  /**
   * One sweep over one graph.
   *
   * @param x (n, h)
   * @param levels such that a node only gets messages from levels before its own
   * @return (n, h)
   */
  private NDArray sweep(NDArray x, ShortestPaths paths, List<int[]> levels, boolean forward) {
    int[] done = new int[paths.size()];
    int count = 0;
    NDArray states = null;
    NDArray near = null;
    NDArray far = null;
    for (int[] level : levels) {
      NDArray old = Layers.rows(x, Arrays.stream(level).asLongStream().toArray());
      NDArray message = old.zerosLike();
      if (count > 0) {
        int[] senders = Arrays.copyOf(done, count);
        message = shares(level, senders, paths, forward, true, x).matMul(near);
        if (virtualEdges != null) {
          message = message.add(shares(level, senders, paths, forward, false, x).matMul(far));
        }
      }
      NDArray state = gru.forward(message, old);
      states = append(states, state);
      near = append(near, edges.forward(state));
      far = virtualEdges == null ? null : append(far, virtualEdges.forward(state));
      for (int node : level) {
        done[count++] = node;
      }
    }
    long[] order = new long[count];
    for (int place = 0; place < count; place++) {
      order[done[place]] = place;
    }
    return Layers.rows(states, order);
  }

  /**
   * How much of each sender's message a node of the level gets, (level, senders).
   *
   * @param edgesOnly 1 for each edge; otherwise 1 / distance for each path
   */
  private NDArray shares(
      int[] level,
      int[] senders,
      ShortestPaths paths,
      boolean forward,
      boolean edgesOnly,
      NDArray like) {
    double[] shares = new double[level.length * senders.length];
    for (int i = 0; i < level.length; i++) {
      for (int j = 0; j < senders.length; j++) {
        int distance =
            forward ? paths.distance(senders[j], level[i]) : paths.distance(level[i], senders[j]);
        if (distance == 1 || distance > 1 && !edgesOnly) {
          shares[i * senders.length + j] = 1.0 / distance;
        }
      }
    }
    return manager
        .create(shares, new Shape(level.length, senders.length))
        .toType(like.getDataType(), false);
  }

  private static NDArray append(NDArray rows, NDArray more) {
    if (rows == null) {
      return more;
    }
    NDArray longer = NDArrays.concat(new NDList(rows, more), 0);
    // Autograd keeps what it needs; without it a deep graph's versions would pile up in the scope.
    rows.close();
    return longer;
  }

  /** Nodes by the length of their longest path from a node without predecessors. */
  private static List<int[]> levels(ComputationalGraph graph) {
    int[] depth = new int[graph.size()];
    int deepest = 0;
    for (int node = 0; node < depth.length; node++) {
      deepest = Math.max(deepest, depth[node]);
      for (int successor : graph.successors(node)) {
        depth[successor] = Math.max(depth[successor], depth[node] + 1);
      }
    }
    List<List<Integer>> levels = new ArrayList<>();
    for (int level = 0; level <= deepest; level++) {
      levels.add(new ArrayList<>());
    }
    for (int node = 0; node < depth.length; node++) {
      levels.get(depth[node]).add(node);
    }
    return new ArrayList<>(
        levels.stream()
            .map(level -> level.stream().mapToInt(Integer::intValue).toArray())
            .toList());
  }
}
