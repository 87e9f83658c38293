package org.onnxghn.onnx;

import static org.onnxghn.onnx.OnnxCodes.quote;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.AttributeProto.AttributeType;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.TensorProto;

/**
 * Checks convolutions and poolings of the standard domain against their definitions, since their
 * attributes and weights decide shapes: number of inputs, types and ranges of attributes, rank of
 * the weight where it is an initializer or a Constant of the same body.
 */
final class OperatorChecks {
  /** Number of inputs that an operator needs at least, and which one is the weight (-1: none). */
  private record Rule(int inputs, int weight) {}

  private static final Map<String, Rule> RULES =
      Map.of(
          "Conv", new Rule(2, 1),
          "ConvTranspose", new Rule(2, 1),
          "ConvInteger", new Rule(2, 1),
          "DeformConv", new Rule(3, 1),
          "QLinearConv", new Rule(8, 3),
          "MaxPool", new Rule(1, -1),
          "AveragePool", new Rule(1, -1),
          "LpPool", new Rule(1, -1));

  private static final Map<String, AttributeType> TYPES =
      Map.of(
          "group", AttributeType.INT,
          "kernel_shape", AttributeType.INTS,
          "strides", AttributeType.INTS,
          "dilations", AttributeType.INTS,
          "pads", AttributeType.INTS,
          "auto_pad", AttributeType.STRING);

  private OperatorChecks() {}

  /** Throws OG-112 for the first node of the body that is against its operator's definition. */
  static void check(Body body) {
    Map<String, Integer> ranks = null;
    List<NodeProto> nodes = body.nodes();
    for (int n = 0; n < nodes.size(); n++) {
      NodeProto node = nodes.get(n);
      Rule rule = RULES.get(node.getOpType());
      if (rule == null || !isStandard(node)) {
        continue;
      }
      if (ranks == null) {
        ranks = ranks(body);
      }
      check(body, n, rule, ranks);
    }
  }

  /** Whether the node's operator is ONNX's own. */
  static boolean isStandard(NodeProto node) {
    return node.getDomain().isEmpty() || node.getDomain().equals("ai.onnx");
  }

  private static void check(Body body, int n, Rule rule, Map<String, Integer> ranks) {
    NodeProto node = body.nodes().get(n);
    for (int i = 0; i < rule.inputs(); i++) {
      if (i >= node.getInputCount() || node.getInput(i).isEmpty()) {
        throw bad(body, n, "needs " + rule.inputs() + " inputs; input " + i + " is missing");
      }
    }
    for (AttributeProto attribute : node.getAttributeList()) {
      AttributeType type = TYPES.get(attribute.getName());
      if (type != null && !attribute.hasRefAttrName()) {
        check(body, n, attribute, type);
      }
    }
    if (rule.weight() >= 0) {
      String weight = node.getInput(rule.weight());
      Integer rank = ranks.get(weight);
      if (rank != null && rank < 3) {
        throw bad(
            body, n, "has the weight " + quote(weight) + " of rank " + rank + ", not 3 or more");
      }
    }
  }

  private static void check(Body body, int n, AttributeProto attribute, AttributeType expected) {
    String name = attribute.getName();
    // Files before IR version 2 don't say the type: the field that is there decides.
    AttributeType type = attribute.hasType() ? attribute.getType() : expected;
    if (type != expected || attribute.hasS() && expected != AttributeType.STRING) {
      throw bad(body, n, "has the attribute " + quote(name) + " as " + type + ", not " + expected);
    }
    boolean positive =
        name.equals("strides") || name.equals("dilations") || name.equals("kernel_shape");
    if (positive && attribute.getIntsList().stream().anyMatch(value -> value < 1)) {
      throw bad(body, n, "has " + name + " " + attribute.getIntsList() + "; each must be positive");
    }
    if (name.equals("group") && attribute.getI() < 1) {
      throw bad(body, n, "has group " + attribute.getI() + "; it must be positive");
    }
  }

  private static Map<String, Integer> ranks(Body body) {
    Map<String, Integer> ranks = new HashMap<>();
    if (body.graph() != null) {
      for (TensorProto tensor : body.graph().getInitializerList()) {
        ranks.put(tensor.getName(), tensor.getDimsCount());
      }
    }
    for (NodeProto node : body.nodes()) {
      if (node.getOpType().equals("Constant") && isStandard(node) && node.getOutputCount() > 0) {
        for (AttributeProto attribute : node.getAttributeList()) {
          if (attribute.hasT()) {
            ranks.put(node.getOutput(0), attribute.getT().getDimsCount());
          }
        }
      }
    }
    return ranks;
  }

  private static OnnxException bad(Body body, int node, String problem) {
    return new OnnxException(
        OnnxCodes.OPERATOR,
        body.describe(node) + " " + problem,
        "The node is against the ONNX operator definition; export the model again.");
  }
}
