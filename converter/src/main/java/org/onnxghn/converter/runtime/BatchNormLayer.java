package org.onnxghn.converter.runtime;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.onnxghn.graph.Finding;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.StoredTensor;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.NodeProto;

/**
 * A BatchNormalization node whose running statistics are stored in the model.
 *
 * @param node its index in the main graph
 * @param mean the stored running mean
 * @param variance the stored running variance
 */
record BatchNormLayer(int node, StoredTensor mean, StoredTensor variance) {
  /** Nothing that a real file would have more of. */
  private static final int MAX_IDENTITIES = 16;

  /** The layers in the order of the file, and why others are left out. */
  record Search(List<BatchNormLayer> layers, List<Finding> findings) {}

  /** Whether the node is ONNX's own BatchNormalization. */
  static boolean isBatchNorm(NodeProto node) {
    return node.getOpType().equals("BatchNormalization")
        && (node.getDomain().isEmpty() || node.getDomain().equals("ai.onnx"));
  }

  /**
   * Finds them in the main graph; those in subgraphs and functions are findings.
   *
   * @param kept names of statistics that stay as they are, and with them the layer's others
   */
  static Search find(OnnxModel model, Predicate<String> kept) {
    GraphProto graph = model.proto().getGraph();
    Map<String, String> copies = new HashMap<>();
    int hidden = 0;
    List<List<NodeProto>> open = new ArrayList<>();
    model.proto().getFunctionsList().forEach(function -> open.add(function.getNodeList()));
    for (NodeProto node : graph.getNodeList()) {
      if (node.getOpType().equals("Identity") && node.getInputCount() == 1) {
        copies.put(node.getOutput(0), node.getInput(0));
      }
      addSubgraphs(node, open);
    }
    while (!open.isEmpty()) {
      for (NodeProto node : open.remove(open.size() - 1)) {
        hidden += isBatchNorm(node) ? 1 : 0;
        addSubgraphs(node, open);
      }
    }
    List<BatchNormLayer> layers = new ArrayList<>();
    List<Finding> findings = new ArrayList<>();
    int left = 0;
    for (int i = 0; i < graph.getNodeCount(); i++) {
      NodeProto node = graph.getNode(i);
      if (!isBatchNorm(node)) {
        continue;
      }
      Optional<StoredTensor> mean = stored(model, node, 3, copies);
      Optional<StoredTensor> variance = stored(model, node, 4, copies);
      if (Stream.of(mean, variance).flatMap(Optional::stream).anyMatch(t -> kept.test(t.name()))) {
        left++;
      } else if (isPerChannel(node) && mean.isPresent() && variance.isPresent()) {
        layers.add(new BatchNormLayer(i, mean.get(), variance.get()));
      } else {
        findings.add(RecalibrationFindings.notStored(node));
      }
    }
    if (left > 0) {
      findings.add(RecalibrationFindings.kept(left));
    }
    if (hidden > 0) {
      findings.add(RecalibrationFindings.inSubgraphs(hidden));
    }
    shared(graph, layers).ifPresent(findings::add);
    return new Search(List.copyOf(layers), findings);
  }

  private static void addSubgraphs(NodeProto node, List<List<NodeProto>> open) {
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.hasG()) {
        open.add(attribute.getG().getNodeList());
      }
      attribute.getGraphsList().forEach(graph -> open.add(graph.getNodeList()));
    }
  }

  /** Version 7 and older can have statistics for each pixel. */
  private static boolean isPerChannel(NodeProto node) {
    return node.getAttributeList().stream()
        .noneMatch(attribute -> attribute.getName().equals("spatial") && attribute.getI() == 0);
  }

  private static Optional<StoredTensor> stored(
      OnnxModel model, NodeProto node, int input, Map<String, String> copies) {
    if (node.getInputCount() <= input) {
      return Optional.empty();
    }
    String name = node.getInput(input);
    for (int i = 0; i < MAX_IDENTITIES && name != null; i++) {
      Optional<StoredTensor> tensor =
          model
              .tensor(name)
              .filter(t -> t.type().isTrainable() && t.shape().rank() == 1 && t.hasData());
      if (tensor.isPresent()) {
        return tensor;
      }
      name = copies.get(name);
    }
    return Optional.empty();
  }

  /** Different layers (they have weights of their own) that store one running mean. */
  private static Optional<Finding> shared(GraphProto graph, List<BatchNormLayer> layers) {
    Map<StoredTensor, String> scales = new HashMap<>();
    Set<String> names = new HashSet<>();
    for (BatchNormLayer layer : layers) {
      String scale = graph.getNode(layer.node()).getInput(1);
      for (StoredTensor tensor : List.of(layer.mean(), layer.variance())) {
        String other = scales.putIfAbsent(tensor, scale);
        if (other != null && !other.equals(scale)) {
          names.add(tensor.name());
        }
      }
    }
    return names.isEmpty()
        ? Optional.empty()
        : Optional.of(RecalibrationFindings.shared(names.stream().sorted().toList()));
  }
}
