package org.onnxghn.ghn;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.onnxghn.graph.ParameterSlot;

/**
 * What a hypernetwork predicts for one graph.
 *
 * @param values for each slot, in the order of nodes, its elements in the slot's shape, row-major
 * @param tiled the slots that are larger than the decoder's output in some dimension, so that
 *     values repeat
 */
public record PredictedParameters(Map<ParameterSlot, float[]> values, Set<ParameterSlot> tiled) {
  /** Copies the map and the set, not the elements. */
  public PredictedParameters {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    tiled = Collections.unmodifiableSet(new LinkedHashSet<>(tiled));
  }
}
