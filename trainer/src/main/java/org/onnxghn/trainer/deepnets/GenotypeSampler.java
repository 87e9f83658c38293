package org.onnxghn.trainer.deepnets;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.onnxghn.trainer.deepnets.Genotype.Edge;

/**
 * Draws the cells of a network as the reference does (GHN3.md 9.1): logits of {@code 1e-3 N(0, 1)}
 * for each candidate input and operation; for each step the two inputs whose best operation weighs
 * most.
 */
final class GenotypeSampler {
  private static final int OPERATIONS = CellOperation.values().length;

  private final Random random;

  GenotypeSampler(Random random) {
    this.random = random;
  }

  /**
   * Draws both cells.
   *
   * @param steps of a cell
   * @param onlyPool whether reduction cells have no parameters
   * @param dropConcat whether only some of the states are given
   * @param noneAllowed whether an edge may do nothing
   */
  Genotype sample(int steps, boolean onlyPool, boolean dropConcat, boolean noneAllowed) {
    List<Edge> normal = cell(steps, false, noneAllowed);
    List<Edge> reduce = cell(steps, onlyPool, noneAllowed);
    List<Integer> concat = new ArrayList<>();
    for (int state = 2; state < steps + 2; state++) {
      if (state == steps + 1 || !dropConcat || random.nextBoolean()) {
        concat.add(state);
      }
    }
    return new Genotype(normal, reduce, concat);
  }

  private List<Edge> cell(int steps, boolean onlyPool, boolean noneAllowed) {
    record Candidate(Edge edge, double weight) {}
    List<Edge> edges = new ArrayList<>();
    for (int step = 0; step < steps; step++) {
      List<Candidate> candidates = new ArrayList<>();
      for (int state = 0; state < step + 2; state++) {
        double[] weights = weights(onlyPool);
        int best = noneAllowed ? 0 : 1;
        for (int i = best + 1; i < OPERATIONS; i++) {
          best = weights[i] > weights[best] ? i : best;
        }
        candidates.add(new Candidate(new Edge(CellOperation.values()[best], state), weights[best]));
      }
      candidates.sort(Comparator.comparingDouble(Candidate::weight).reversed());
      edges.add(candidates.get(0).edge());
      edges.add(candidates.get(1).edge());
    }
    return edges;
  }

  /** The softmax of one row of logits. */
  private double[] weights(boolean onlyPool) {
    double[] weights = new double[OPERATIONS];
    double sum = 0;
    for (int i = 0; i < OPERATIONS; i++) {
      double logit = 1e-3 * random.nextGaussian();
      boolean learned = i > CellOperation.SKIP_CONNECT.ordinal();
      weights[i] = onlyPool && learned ? 0 : Math.exp(logit);
      sum += weights[i];
    }
    for (int i = 0; i < OPERATIONS; i++) {
      weights[i] /= sum;
    }
    return weights;
  }
}
