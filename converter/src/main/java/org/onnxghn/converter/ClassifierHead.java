package org.onnxghn.converter;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Primitive;

/**
 * The last layer: the weight and bias that the hypernetwork's class head decodes.
 *
 * @param slots weight and bias
 * @param classes number of outputs
 */
record ClassifierHead(Set<ParameterSlot> slots, long classes) {
  /** Empty when the graph does not end in a layer with weight and bias. */
  static Optional<ClassifierHead> of(ComputationalGraph graph) {
    if (graph.classifierBias().isEmpty() || graph.classifierWeight().isEmpty()) {
      return Optional.empty();
    }
    int weight = graph.classifierWeight().getAsInt();
    List<ParameterSlot> weights = graph.nodes().get(weight).slots();
    List<ParameterSlot> biases = graph.nodes().get(graph.classifierBias().getAsInt()).slots();
    boolean layer =
        graph.nodes().get(weight).primitive() == Primitive.CONV
            && !weights.isEmpty()
            && !biases.isEmpty()
            && weights.get(0).shape().dim(0) == biases.get(0).shape().dim(0);
    if (!layer) {
      return Optional.empty();
    }
    Set<ParameterSlot> slots = new HashSet<>(weights);
    slots.addAll(biases);
    return Optional.of(new ClassifierHead(slots, weights.get(0).shape().dim(0)));
  }
}
