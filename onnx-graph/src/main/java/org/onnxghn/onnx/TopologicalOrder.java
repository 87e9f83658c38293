package org.onnxghn.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.onnxghn.onnx.proto.NodeProto;

/** Finds cycles in a body whose nodes are not in order (Kahn's algorithm, linear). */
final class TopologicalOrder {
  private final Body body;
  private final Map<String, Integer> producers;
  private final Map<Integer, ? extends Map<String, ?>> captured;
  private final int[] waiting;
  private final int[] next;

  private TopologicalOrder(
      Body body, Map<String, Integer> producers, Map<Integer, ? extends Map<String, ?>> captured) {
    this.body = body;
    this.producers = producers;
    this.captured = captured;
    this.waiting = new int[body.nodes().size()];
    this.next = new int[body.nodes().size() + 1];
  }

  /** Receives an edge from the node that produces a value to the one that uses it. */
  private interface Edges {
    void edge(int from, int to);
  }

  /**
   * @param producers node that defines each name, negative for what is there before
   * @param captured by node: the names that its subgraphs take from the body
   * @throws OnnxException OG-110 when there is a cycle
   */
  static void check(
      Body body, Map<String, Integer> producers, Map<Integer, ? extends Map<String, ?>> captured) {
    new TopologicalOrder(body, producers, captured).run();
  }

  private void run() {
    int count = waiting.length;
    forEachEdge(
        (from, to) -> {
          waiting[to]++;
          next[from + 1]++;
        });
    Arrays.parallelPrefix(next, Integer::sum);
    int[] targets = new int[next[count]];
    int[] filled = next.clone();
    forEachEdge((from, to) -> targets[filled[from]++] = to);

    int[] ready = new int[count];
    int end = 0;
    for (int n = 0; n < count; n++) {
      if (waiting[n] == 0) {
        ready[end++] = n;
      }
    }
    for (int i = 0; i < end; i++) {
      for (int e = next[ready[i]]; e < next[ready[i] + 1]; e++) {
        if (--waiting[targets[e]] == 0) {
          ready[end++] = targets[e];
        }
      }
    }
    if (end < count) {
      throw cycle();
    }
  }

  private void forEachEdge(Edges edges) {
    List<NodeProto> nodes = body.nodes();
    for (int n = 0; n < nodes.size(); n++) {
      int to = n;
      for (String input : nodes.get(n).getInputList()) {
        edge(input, n, edges);
      }
      Map<String, ?> inner = captured.get(n);
      if (inner != null) {
        inner.keySet().forEach(input -> edge(input, to, edges));
      }
    }
  }

  private void edge(String name, int to, Edges edges) {
    int from = producers.getOrDefault(name, -1);
    if (from >= 0) {
      edges.edge(from, to);
    }
  }

  private OnnxException cycle() {
    int first = 0;
    while (waiting[first] == 0) {
      first++;
    }
    return new OnnxException(
        OnnxCodes.CYCLE,
        body.describe(first) + " waits for its own output: the nodes form a cycle",
        "ONNX graphs have no cycles; express the repetition with Loop or Scan, and export again.");
  }
}
