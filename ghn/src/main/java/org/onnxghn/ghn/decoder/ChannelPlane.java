package org.onnxghn.ghn.decoder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * The C x C rows of the decoder's last layer, cut so that each target needs whole cells and every
 * row is multiplied once, for all the targets that need it.
 *
 * @param outputEdges where cells begin along the outputs, and the end of the last
 * @param inputEdges where cells begin along the inputs, and the end of the last
 */
record ChannelPlane(int[] outputEdges, int[] inputEdges) {
  /**
   * Edges that are nearer than this to the next larger one are left out: a few more rows are
   * cheaper than many small products.
   */
  private static final double NEAR = 0.9;

  static ChannelPlane of(List<ConvTarget> targets) {
    return new ChannelPlane(
        edges(targets, ConvTarget::outputs), edges(targets, ConvTarget::inputs));
  }

  private static int[] edges(List<ConvTarget> targets, ToIntFunction<ConvTarget> size) {
    int[] sizes = targets.stream().mapToInt(size).distinct().sorted().toArray();
    List<Integer> edges = new ArrayList<>();
    int last = Integer.MAX_VALUE;
    for (int i = sizes.length - 1; i >= 0; i--) {
      if (sizes[i] <= NEAR * last) {
        last = sizes[i];
        edges.add(0, last);
      }
    }
    edges.add(0, 0);
    return edges.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Where to split the plane along the outputs; what is behind the last cell is a part, too. */
  long[] outputCuts() {
    return cuts(outputEdges);
  }

  /** Where to split the plane along the inputs; what is behind the last cell is a part, too. */
  long[] inputCuts() {
    return cuts(inputEdges);
  }

  private static long[] cuts(int[] edges) {
    return Arrays.stream(edges).skip(1).asLongStream().toArray();
  }

  /** Number of cells along the outputs that cover this many rows. */
  int outputCells(int outputs) {
    return cells(outputEdges, outputs);
  }

  /** Number of cells along the inputs that cover this many rows. */
  int inputCells(int inputs) {
    return cells(inputEdges, inputs);
  }

  private static int cells(int[] edges, int size) {
    int found = Arrays.binarySearch(edges, size);
    return found >= 0 ? found : -found - 1;
  }
}
