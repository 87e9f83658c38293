package org.onnxghn.converter;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.onnxghn.converter.initializers.Fans;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.graph.Primitive;
import org.onnxghn.graph.Role;
import org.onnxghn.onnx.Shape;

/** The fans of each layer, for its weight and for the bias that belongs to it. */
final class LayerFans {
  private final Map<String, Fans> byParameter = new HashMap<>();

  LayerFans(ImportedGraph imported) {
    Map<String, Fans> byNode = new HashMap<>();
    for (Parameter parameter : imported.parameters()) {
      if (parameter.role() != Role.BIAS) {
        Fans fans = Fans.of(layerShape(parameter));
        byParameter.put(parameter.name(), fans);
        if (parameter.role() == Role.WEIGHT && isNamed(parameter)) {
          byNode.putIfAbsent(parameter.consumer().node(), fans);
        }
      }
    }
    biasesOfGraph(imported.graph());
    for (Parameter parameter : imported.parameters()) {
      if (parameter.role() == Role.BIAS && isNamed(parameter)) {
        Fans fans = byNode.get(parameter.consumer().node());
        if (fans != null) {
          // Names of nodes need not be unique: what the graph says comes first.
          byParameter.putIfAbsent(parameter.name(), fans);
        }
      }
    }
  }

  /** Of the parameter's layer; null for a bias whose weight is not known. */
  Fans of(Parameter parameter) {
    return byParameter.get(parameter.name());
  }

  /** In the graph a layer's bias follows its weight, also where they belong to two operators. */
  private void biasesOfGraph(ComputationalGraph graph) {
    List<GraphNode> nodes = graph.nodes();
    for (GraphNode weight : nodes) {
      if (!isWeight(weight.primitive()) || weight.shape() == null) {
        continue;
      }
      for (int successor : graph.successors(weight.index())) {
        GraphNode bias = nodes.get(successor);
        if (bias.primitive() == Primitive.BIAS) {
          for (ParameterSlot slot : bias.slots()) {
            byParameter.putIfAbsent(slot.parameter(), Fans.of(weight.shape()));
          }
        }
      }
    }
  }

  private static boolean isWeight(Primitive primitive) {
    return primitive == Primitive.CONV
        || primitive == Primitive.SEP_CONV
        || primitive == Primitive.DIL_CONV;
  }

  private static boolean isNamed(Parameter parameter) {
    return parameter.consumer() != null && !parameter.consumer().node().isEmpty();
  }

  private static Shape layerShape(Parameter parameter) {
    // PyTorch counts the fans of a transposed convolution from (inputs, outputs, kernel), which is
    // how ONNX stores it.
    if (parameter.consumer() == null || parameter.consumer().opType().equals("ConvTranspose")) {
      return parameter.shape();
    }
    return parameter.consumer().layerShape();
  }
}
