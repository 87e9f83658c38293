package org.onnxghn.converter.report;

import java.util.Map;

/**
 * Elements of all trainable tensors by source.
 *
 * @param predicted by the hypernetwork, in full
 * @param tiled predicted and repeated
 * @param fallback from an initializer
 * @param kept left as they were
 * @param fraction (predicted + tiled) / all; 1 for a model without parameters
 */
public record Coverage(long predicted, long tiled, long fallback, long kept, double fraction) {
  /** From the number of elements of each source; a source that is absent has none. */
  public static Coverage of(Map<Source, Long> elements) {
    long predicted = elements.getOrDefault(Source.PREDICTED, 0L);
    long tiled = elements.getOrDefault(Source.TILED, 0L);
    long fallback = elements.getOrDefault(Source.FALLBACK, 0L);
    long kept = elements.getOrDefault(Source.KEPT, 0L);
    long all = predicted + tiled + fallback + kept;
    double fraction = all == 0 ? 1 : (double) (predicted + tiled) / all;
    return new Coverage(predicted, tiled, fallback, kept, fraction);
  }

  /** Elements of all trainable tensors. */
  public long all() {
    return predicted + tiled + fallback + kept;
  }
}
