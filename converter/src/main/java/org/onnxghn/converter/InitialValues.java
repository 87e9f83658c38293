package org.onnxghn.converter;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.ParameterSlot;

/** New values of all parameters that change: predictions in their places, fallbacks elsewhere. */
public final class InitialValues {
  private InitialValues() {}

  /**
   * @param predicted values by slot, in the hypernetwork's layout; noise and blend are added in
   *     these arrays
   * @return values by parameter, in stored order; nothing for parameters that are kept
   */
  public static Map<String, float[]> of(
      ImportedGraph imported,
      List<Assignment> assignments,
      Map<ParameterSlot, float[]> predicted,
      ConversionOptions options) {
    Fallback fallback = new Fallback(imported, options.fallback(), options.seed());
    Perturbation perturbation = new Perturbation(options, imported.graph(), fallback);
    Map<String, float[]> values = new LinkedHashMap<>();
    for (Assignment assignment : assignments) {
      Parameter parameter = assignment.parameter();
      switch (assignment.source()) {
        case PREDICTED, TILED -> {
          for (ParameterSlot slot : parameter.slots()) {
            perturbation.apply(predicted.get(slot), parameter, slot);
          }
          values.put(parameter.name(), Placement.stored(parameter, predicted::get));
        }
        case FALLBACK -> values.put(parameter.name(), fallback.values(parameter));
        case KEPT -> {
          // Stays in the file.
        }
      }
    }
    return values;
  }
}
