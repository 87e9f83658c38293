package org.onnxghn.ghn.decoder;

import ai.djl.ndarray.NDArray;
import java.util.List;

/** Makes parameters from node features. */
public interface Decoder {
  /**
   * Decodes many parameters together, so that the large last layers are read once.
   *
   * @param x node features, (nodes, h)
   * @param targets what to decode from which row
   * @return for each target its parameter, normalised, before tiling: of the target's rank, and no
   *     dimension larger than the target's
   */
  List<NDArray> decode(NDArray x, List<DecoderTarget> targets);
}
