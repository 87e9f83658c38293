package org.onnxghn.trainer.deepnets;

import java.util.Locale;

/** How much of the search space is used. */
public enum Space {
  /** All of it, as DeepNets-1M. */
  FULL,
  /**
   * The same operations in networks that a CPU can train by the thousand: 3 to 8 cells (deep: 6 to
   * 14), at most 3 steps (dense: 5), widths of 16, 24 or 32, stems that quarter the image, and at
   * most 300,000 parameters (deep and dense: 1,000,000); every cell gives something.
   */
  SMALL;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
