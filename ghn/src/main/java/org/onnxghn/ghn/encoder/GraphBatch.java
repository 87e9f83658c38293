package org.onnxghn.ghn.encoder;

import java.util.ArrayList;
import java.util.List;
import org.onnxghn.ghn.GhnException;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.ShortestPaths;

/**
 * Several graphs whose nodes are rows of one matrix, graph after graph: layers that work on single
 * nodes take all rows at once, and nothing is padded.
 */
public final class GraphBatch {
  /**
   * One graph.
   *
   * @param paths between its nodes; one edge only without virtual edges
   * @param offset row of its first node
   */
  public record Member(ComputationalGraph graph, ShortestPaths paths, int offset) {}

  private final List<Member> members;
  private final int nodes;

  private GraphBatch(List<Member> members, int nodes) {
    this.members = List.copyOf(members);
    this.nodes = nodes;
  }

  /**
   * @param virtualEdges whether paths of more than one edge count
   * @throws GhnException OG-350 for a graph without nodes or with more than 4096
   */
  public static GraphBatch of(List<ComputationalGraph> graphs, boolean virtualEdges) {
    List<Member> members = new ArrayList<>();
    int offset = 0;
    for (ComputationalGraph graph : graphs) {
      if (graph.size() == 0 || graph.size() > ComputationalGraph.MAX_NODES) {
        throw new GhnException(
            "OG-350",
            "a graph of "
                + graph.size()
                + " nodes; 1 to "
                + ComputationalGraph.MAX_NODES
                + " can be predicted",
            "split the model, or use --checkpoint none");
      }
      int cutoff = virtualEdges ? ShortestPaths.CUTOFF : 1;
      members.add(new Member(graph, ShortestPaths.of(graph, cutoff), offset));
      offset = Math.addExact(offset, graph.size());
    }
    return new GraphBatch(members, offset);
  }

  /** The graphs, in the order of their rows. */
  public List<Member> members() {
    return members;
  }

  /** Rows in all. */
  public int nodes() {
    return nodes;
  }

  /** The nodes in the order of their rows. */
  List<GraphNode> rows() {
    return members.stream().flatMap(member -> member.graph().nodes().stream()).toList();
  }
}
