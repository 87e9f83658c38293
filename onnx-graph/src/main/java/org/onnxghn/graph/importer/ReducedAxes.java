package org.onnxghn.graph.importer;

import org.onnxghn.graph.importer.TraceParameters.Traces;

/**
 * The axes that a reduction goes over.
 *
 * @param axes as stored, negative ones counted from the end; null when all, or not known
 */
record ReducedAxes(long[] axes) {
  /** From the attribute of older versions or the constant input of newer ones. */
  static ReducedAxes of(Op op, Traces traces) {
    long[] axes = op.attributes().integers("axes");
    Traced input = traces.of(op.input(1));
    return new ReducedAxes(axes == null && input != null ? input.constantIntegers() : axes);
  }

  /** The last axis, or the channels of an image (axis 1 alone): what LayerNorm normalises over. */
  boolean isTrailingOrChannel() {
    if (axes == null || axes.length == 0) {
      return false;
    }
    for (long axis : axes) {
      if (axis == -1) {
        return true;
      }
    }
    // Without shapes a positive axis says little; exporters of LayerNorm over the last axis write
    // it for known ranks.
    return axes.length == 1 && axes[0] >= 1;
  }
}
