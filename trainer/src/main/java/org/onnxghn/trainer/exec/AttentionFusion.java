package org.onnxghn.trainer.exec;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.StoredTensor;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.NodeProto;

/**
 * Finds attention that stands in a graph as MatMul, a product or quotient with one number, Softmax,
 * MatMul, where nothing else uses what is in between. As one call of PyTorch, the scores are never
 * stored: 8 heads of 121 tokens take half the time, forward and backward.
 */
final class AttentionFusion {
  /** The opset since which Softmax has one axis, the last unless stated. */
  private static final long SINGLE_AXIS = 13;

  private final Map<NodeProto, Match> matches = new IdentityHashMap<>();
  private final Set<NodeProto> inner = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Map<String, NodeProto> producers = new HashMap<>();
  private final Map<String, Integer> uses = new HashMap<>();
  private final Set<String> numbers = new HashSet<>();
  private final long opset;

  /**
   * Attention that ends in a node.
   *
   * @param scores the product of queries and transposed keys
   * @param scaling of the scores, or null
   * @param number which of its inputs is the number
   * @param axis of Softmax, maybe negative
   */
  record Match(NodeProto scores, NodeProto scaling, int number, long axis) {}

  /** Of a model's main graph; one with subgraphs, which may use any value, is left as it is. */
  AttentionFusion(OnnxModel model, long opset) {
    this.opset = opset;
    GraphProto graph = model.proto().getGraph();
    for (NodeProto node : graph.getNodeList()) {
      if (node.getAttributeList().stream().anyMatch(AttentionFusion::isSubgraph)) {
        return;
      }
    }
    graph.getOutputList().forEach(output -> uses.merge(output.getName(), 1, Integer::sum));
    graph.getInitializerList().forEach(tensor -> addNumber(model.tensorOf(tensor).orElse(null)));
    for (NodeProto node : graph.getNodeList()) {
      node.getInputList().forEach(input -> uses.merge(input, 1, Integer::sum));
      node.getOutputList().forEach(output -> producers.put(output, node));
      StoredTensor constant = model.tensorOf(node).orElse(null);
      if (isNumber(constant) && node.getOutputCount() == 1) {
        numbers.add(node.getOutput(0));
      }
    }
    graph.getNodeList().forEach(this::match);
  }

  private static boolean isSubgraph(AttributeProto attribute) {
    return attribute.hasG() || attribute.getGraphsCount() > 0;
  }

  private void addNumber(StoredTensor tensor) {
    if (isNumber(tensor)) {
      numbers.add(tensor.name());
    }
  }

  private static boolean isNumber(StoredTensor tensor) {
    return tensor != null && tensor.shape().elements() == 1 && tensor.type().isTrainable();
  }

  /** The attention that ends in this node, or null. */
  Match endingIn(NodeProto node) {
    return matches.get(node);
  }

  /** Whether the node is a part of an attention, and not its end. */
  boolean isInner(NodeProto node) {
    return inner.contains(node);
  }

  private void match(NodeProto node) {
    NodeProto softmax = is(node, "MatMul", 2) ? producerOfOnly(node.getInput(0)) : null;
    if (softmax == null || !is(softmax, "Softmax", 1) || axis(softmax) == null) {
      return;
    }
    NodeProto scores = producerOfOnly(softmax.getInput(0));
    NodeProto scaling = null;
    int number = 1;
    if (scores != null && (is(scores, "Mul", 2) || is(scores, "Div", 2))) {
      scaling = scores;
      number = is(scores, "Mul", 2) && numbers.contains(scores.getInput(0)) ? 0 : 1;
      scores =
          numbers.contains(scaling.getInput(number))
              ? producerOfOnly(scaling.getInput(1 - number))
              : null;
    }
    // Scores that are another attention's result must exist.
    if (scores != null && is(scores, "MatMul", 2) && !matches.containsKey(scores)) {
      matches.put(node, new Match(scores, scaling, number, axis(softmax)));
      inner.addAll(scaling == null ? List.of(scores, softmax) : List.of(scores, scaling, softmax));
    }
  }

  /** The producer of a value that is used once. */
  private NodeProto producerOfOnly(String value) {
    return uses.getOrDefault(value, 0) == 1 ? producers.get(value) : null;
  }

  private static boolean is(NodeProto node, String operator, int inputs) {
    return Frame.canonical(node.getDomain()).isEmpty()
        && node.getOpType().equals(operator)
        && node.getInputCount() == inputs
        && node.getOutputCount() == 1;
  }

  /** Along which Softmax goes; null when older semantics make that several axes. */
  private Long axis(NodeProto softmax) {
    for (AttributeProto attribute : softmax.getAttributeList()) {
      if (attribute.getName().equals("axis")) {
        return opset >= SINGLE_AXIS || attribute.getI() == -1 ? attribute.getI() : null;
      }
    }
    return opset >= SINGLE_AXIS ? -1L : null;
  }
}
