package org.onnxghn.converter;

import org.onnxghn.converter.initializers.RandomStream;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Role;

/** What is added to predicted weights: {@code --noise} and {@code --blend}. */
final class Perturbation {
  private final ConversionOptions options;
  private final Fallback fallback;
  private final ParameterSlot last;

  /**
   * @param fallback where samples to blend in come from
   */
  Perturbation(ConversionOptions options, ComputationalGraph graph, Fallback fallback) {
    this.options = options;
    this.fallback = fallback;
    this.last = lastWeight(graph);
  }

  /** Changes a predicted tensor in place; those of rank 0 and 1 stay as they are. */
  void apply(float[] values, Parameter parameter, ParameterSlot slot) {
    if (slot.shape().rank() < 2) {
      return;
    }
    boolean weight = slot.role() == Role.WEIGHT || slot.role() == Role.EMBEDDING;
    if (options.noise() > 0 && weight && !slot.equals(last)) {
      String part = slot.layout().part() == null ? "" : "@" + slot.layout().part().offset();
      RandomStream random = RandomStream.of(options.seed(), "noise", slot.parameter() + part);
      Noise.add(values, slot.shape(), options.noise(), random);
    }
    if (options.blend() > 0) {
      float[] sample = fallback.sample(parameter, slot);
      for (int i = 0; i < values.length; i++) {
        values[i] += (float) (options.blend() * sample[i]);
      }
    }
  }

  /**
   * The reference leaves the last layer without noise. Where that has no bias, its weight has no
   * successor and may be anywhere in the graph's order (GHN3.md 5.2).
   */
  private static ParameterSlot lastWeight(ComputationalGraph graph) {
    ParameterSlot last = null;
    ParameterSlot end = null;
    for (GraphNode node : graph.nodes()) {
      for (ParameterSlot slot : node.slots()) {
        if (slot.role() == Role.WEIGHT && slot.shape().rank() >= 2) {
          last = slot;
          end = graph.successors(node.index()).length == 0 ? slot : end;
        }
      }
    }
    return end == null ? last : end;
  }
}
