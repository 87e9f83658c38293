package org.onnxghn.trainer.deepnets;

import java.util.List;

/**
 * The two kinds of cells of a network. The states of a cell are its two inputs and, for each step,
 * the sum of two edges; edges {@code 2i} and {@code 2i + 1} make state {@code i + 2}.
 *
 * @param normal edges of cells that keep the size
 * @param reduce edges of cells that halve it
 * @param concat the states that both kinds of cells give, joined along the channels
 */
public record Genotype(List<Edge> normal, List<Edge> reduce, List<Integer> concat) {
  /**
   * One operation.
   *
   * @param operation what is done
   * @param state to which state
   */
  public record Edge(CellOperation operation, int state) {}

  /** Copies the lists. */
  public Genotype {
    normal = List.copyOf(normal);
    reduce = List.copyOf(reduce);
    concat = List.copyOf(concat);
  }

  /** Whether a cell has self-attention: the network is then built like a vision transformer. */
  public boolean isTransformer() {
    return has(normal, CellOperation.MSA) || has(reduce, CellOperation.MSA);
  }

  /** Whether a cell gives nothing even though both its inputs are there. */
  boolean hasEmptyCell() {
    return isEmpty(normal) || isEmpty(reduce);
  }

  private boolean isEmpty(List<Edge> edges) {
    boolean[] exists = new boolean[edges.size() / 2 + 2];
    exists[0] = true;
    exists[1] = true;
    for (int i = 0; i < edges.size(); i++) {
      Edge edge = edges.get(i);
      exists[i / 2 + 2] |= edge.operation() != CellOperation.NONE && exists[edge.state()];
    }
    return concat.stream().noneMatch(state -> exists[state]);
  }

  private static boolean has(List<Edge> edges, CellOperation operation) {
    return edges.stream().anyMatch(edge -> edge.operation() == operation);
  }

  /** Whether any edge of the two cells has this operation. */
  boolean has(CellOperation operation) {
    return has(normal, operation) || has(reduce, operation);
  }
}
