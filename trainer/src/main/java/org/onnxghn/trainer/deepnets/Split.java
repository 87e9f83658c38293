package org.onnxghn.trainer.deepnets;

import java.util.Locale;

/**
 * The splits of DeepNets-1M (GHN3.md 9.3): one search space for training and in-distribution
 * evaluation, others out of distribution.
 */
public enum Split {
  TRAIN(4, 18, 1, 2, 4, 10_000_000),
  VAL(4, 18, 1, 2, 4, 10_000_000),
  TEST(4, 18, 1, 2, 4, 10_000_000),
  /** Two to four times as many channels. */
  WIDE(4, 18, 1, 2, 4, 10_000_000),
  /** Up to 36 cells. */
  DEEP(10, 36, 1, 2, 4, 100_000_000),
  /** Up to ten steps in a cell. */
  DENSE(4, 18, 2, 6, 10, 100_000_000),
  /** Without BatchNorm. */
  BNFREE(4, 18, 1, 2, 4, 10_000_000),
  /** For architecture search. */
  SEARCH(6, 20, 1, 3, 6, 10_000_000);

  private final int minCells;
  private final int maxCells;
  private final int minSteps;
  private final int mediumSteps;
  private final int maxSteps;
  private final long maxParameters;

  Split(
      int minCells, int maxCells, int minSteps, int mediumSteps, int maxSteps, long maxParameters) {
    this.minCells = minCells;
    this.maxCells = maxCells;
    this.minSteps = minSteps;
    this.mediumSteps = mediumSteps;
    this.maxSteps = maxSteps;
    this.maxParameters = maxParameters;
  }

  int minCells() {
    return minCells;
  }

  int maxCells() {
    return maxCells;
  }

  int minSteps() {
    return minSteps;
  }

  /** Most steps of a network with many cells. */
  int mediumSteps() {
    return mediumSteps;
  }

  int maxSteps() {
    return maxSteps;
  }

  long maxParameters() {
    return maxParameters;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
