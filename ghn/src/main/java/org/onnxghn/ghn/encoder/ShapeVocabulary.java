package org.onnxghn.ghn.encoder;

import java.util.Arrays;
import java.util.SortedSet;
import java.util.TreeSet;
import org.onnxghn.onnx.Shape;

/**
 * Rows of the shape encoder's two embedding tables (GHN3.md 4.2, point 2). The last row of each
 * table, after the vocabulary, stands for "no shape".
 */
public final class ShapeVocabulary {
  private final long[] channels;
  private final long[] spatial;

  /**
   * @param numClasses of the hypernetwork, K
   * @param maxSpatial of the hypernetwork, S
   */
  public ShapeVocabulary(int numClasses, int maxSpatial) {
    SortedSet<Long> channelSet = new TreeSet<>();
    channelSet.add(1L);
    channelSet.add(3L);
    channelSet.add((long) numClasses);
    addRange(channelSet, 8, 56, 8);
    addRange(channelSet, 64, 4080, 16);
    addRange(channelSet, 4096, 8192, 32);
    channels = channelSet.stream().mapToLong(Long::longValue).toArray();
    SortedSet<Long> spatialSet = new TreeSet<>();
    addRange(spatialSet, 1, Math.max(12, maxSpatial) - 1, 2);
    spatialSet.add(14L);
    spatialSet.add(16L);
    spatial = spatialSet.stream().mapToLong(Long::longValue).toArray();
  }

  private static void addRange(SortedSet<Long> set, int first, int last, int step) {
    for (long value = first; value <= last; value += step) {
      set.add(value);
    }
  }

  /** Of the table of channel counts, with the dummy: 392 for K = 10 and 1000. */
  public int channelRows() {
    return channels.length + 1;
  }

  /** Of the table of kernel sizes, with the dummy: 11 for S = 16, 9 for S = 11. */
  public int spatialRows() {
    return spatial.length + 1;
  }

  /**
   * Four rows: channel table for outputs and inputs, spatial table for height and width.
   *
   * @param shape of the parameter or pooling window, or null for none
   */
  int[] rows(Shape shape) {
    if (shape == null) {
      return new int[] {channels.length, channels.length, spatial.length, spatial.length};
    }
    long[] four = fourDimensions(shape);
    return new int[] {channel(four[0]), channel(four[1]), spatial(four[2]), spatial(four[3])};
  }

  private static long[] fourDimensions(Shape shape) {
    long[] four = {1, 1, 1, 1};
    boolean sequence =
        shape.rank() == 3 && shape.dim(0) == 1 && shape.dim(1) > 1 && shape.dim(2) > 1;
    if (sequence) {
      long side = (long) Math.sqrt(shape.dim(1));
      return new long[] {1, shape.dim(2), side, side};
    }
    for (int axis = 0; axis < Math.min(4, shape.rank()); axis++) {
      four[axis] = shape.dim(axis);
    }
    return four;
  }

  private int channel(long size) {
    return nearest(channels, size >= 4 && size <= 7 ? 8 : size);
  }

  private int spatial(long size) {
    return size == 2 ? nearest(spatial, 3) : nearest(spatial, size);
  }

  /** Index of the nearest value, the smaller of two that are as near. */
  private static int nearest(long[] sorted, long value) {
    int found = Arrays.binarySearch(sorted, value);
    if (found >= 0) {
      return found;
    }
    int above = -found - 1;
    if (above == 0 || above == sorted.length) {
      return above == 0 ? 0 : sorted.length - 1;
    }
    return sorted[above] - value < value - sorted[above - 1] ? above : above - 1;
  }
}
