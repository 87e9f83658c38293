package org.onnxghn.converter.report;

import java.util.List;

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
  /** Of the tensors in a report. */
  public static Coverage of(List<ParameterReport> parameters) {
    long predicted = 0;
    long tiled = 0;
    long fallback = 0;
    long kept = 0;
    for (ParameterReport parameter : parameters) {
      switch (parameter.source()) {
        case PREDICTED -> predicted += parameter.elements();
        case TILED -> tiled += parameter.elements();
        case FALLBACK -> fallback += parameter.elements();
        case KEPT -> kept += parameter.elements();
      }
    }
    long all = predicted + tiled + fallback + kept;
    double fraction = all == 0 ? 1 : (double) (predicted + tiled) / all;
    return new Coverage(predicted, tiled, fallback, kept, fraction);
  }

  /** Elements of all trainable tensors. */
  public long all() {
    return predicted + tiled + fallback + kept;
  }
}
