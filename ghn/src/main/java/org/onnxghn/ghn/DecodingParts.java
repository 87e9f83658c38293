package org.onnxghn.ghn;

import java.util.ArrayList;
import java.util.List;
import org.onnxghn.ghn.decoder.DecoderTarget;
import org.onnxghn.onnx.Shape;

/**
 * Cuts a network's slots into parts that are decoded one after the other, so that memory is bounded
 * for any network. A part is large, because each reads the decoder's weights again.
 */
final class DecodingParts {
  /** Numbers that a part may need, decoded and hidden: 256 MB in float32. */
  private static final long LIMIT = 1L << 26;

  /** Numbers of a position, in widths h: two hidden layers, and a copy of the second one. */
  private static final long HIDDEN = 4 + 8 + 8;

  private DecodingParts() {}

  static List<List<DecoderTarget>> of(List<DecoderTarget> targets, GhnConfig config) {
    List<List<DecoderTarget>> parts = new ArrayList<>();
    List<DecoderTarget> current = new ArrayList<>();
    long size = 0;
    for (DecoderTarget target : targets) {
      long cost = cost(target, config);
      if (!current.isEmpty() && size + cost > LIMIT) {
        parts.add(current);
        current = new ArrayList<>();
        size = 0;
      }
      current.add(target);
      size += cost;
    }
    if (!current.isEmpty()) {
      parts.add(current);
    }
    return parts;
  }

  private static long cost(DecoderTarget target, GhnConfig config) {
    Shape shape = target.slot().shape();
    long channels = config.maxChannels();
    long grid = config.maxSpatial();
    return switch (shape.rank()) {
      case 1 -> 2 * channels;
      case 3 -> grid * grid * (channels + HIDDEN * config.hidden());
      default -> {
        boolean kernel = shape.rank() == 4;
        long positions = kernel ? Math.min(shape.dim(2), grid) * Math.min(shape.dim(3), grid) : 1;
        long pairs =
            target.classifier()
                ? channels * channels
                : Math.min(shape.dim(0), channels) * Math.min(shape.dim(1), channels);
        yield positions * (pairs + HIDDEN * config.hidden());
      }
    };
  }
}
