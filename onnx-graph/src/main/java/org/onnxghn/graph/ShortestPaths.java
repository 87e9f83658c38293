package org.onnxghn.graph;

import java.util.Arrays;

/**
 * Lengths of the shortest directed paths between all pairs of nodes, up to a cutoff (GHN3.md 3:
 * virtual edges).
 */
public final class ShortestPaths {
  /** The cutoff that all published hypernetworks were trained with. */
  public static final int CUTOFF = 50;

  private final int size;
  private final byte[][] distances;

  private ShortestPaths(int size, byte[][] distances) {
    this.size = size;
    this.distances = distances;
  }

  /**
   * Breadth-first from every node: O(nodes x edges) time, nodes^2 bytes.
   *
   * @param cutoff longest path that counts, 1 to 255; longer ones have distance 0
   */
  public static ShortestPaths of(ComputationalGraph graph, int cutoff) {
    if (cutoff < 1 || cutoff > 255) {
      throw new IllegalArgumentException("cutoff " + cutoff + " is not in 1..255");
    }
    int n = graph.size();
    int[][] successors = new int[n][];
    for (int node = 0; node < n; node++) {
      successors[node] = graph.successors(node);
    }
    byte[][] distances = new byte[n][n];
    int[] queue = new int[n];
    int[] depth = new int[n];
    for (int source = 0; source < n; source++) {
      Arrays.fill(depth, -1);
      depth[source] = 0;
      queue[0] = source;
      int tail = 1;
      for (int head = 0; head < tail; head++) {
        int node = queue[head];
        if (depth[node] == cutoff) {
          break;
        }
        for (int next : successors[node]) {
          if (depth[next] < 0) {
            depth[next] = depth[node] + 1;
            distances[source][next] = (byte) depth[next];
            queue[tail++] = next;
          }
        }
      }
    }
    return new ShortestPaths(n, distances);
  }

  /** Number of nodes. */
  public int size() {
    return size;
  }

  /**
   * Edges on the shortest path; 0 when there is none up to the cutoff, and from a node to itself.
   */
  public int distance(int from, int to) {
    return distances[from][to] & 0xff;
  }
}
