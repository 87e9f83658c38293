package org.onnxghn.trainer.finetune;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.NodeProto;

/**
 * The first output of a classifier, and the scores before a Softmax that it may end in: a loss from
 * probabilities that were rounded to 0 or 1 has no gradient.
 *
 * @param model with these two for outputs, and nothing that they do not need
 * @param scores name of the first output
 * @param logits name of the scores before the Softmax; the same where there is none
 */
record ScoreOutput(OnnxModel model, String scores, String logits) {
  /** Operators that leave the numbers as they are, and their order. */
  private static final Set<String> COPIES =
      Set.of("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze");

  static ScoreOutput of(OnnxModel model) {
    GraphProto graph = model.proto().getGraph();
    String scores = graph.getOutput(0).getName();
    Map<String, NodeProto> producers = new HashMap<>();
    for (NodeProto node : graph.getNodeList()) {
      for (int i = 0; i < node.getOutputCount(); i++) {
        producers.put(node.getOutput(i), node);
      }
    }
    NodeProto last = producers.get(scores);
    for (int i = 0; last != null && isCopy(last) && i < graph.getNodeCount(); i++) {
      last = producers.get(last.getInput(0));
    }
    boolean softmax =
        last != null
            && last.getOpType().equals("Softmax")
            && isStandard(last)
            && last.getInputCount() > 0;
    String logits = softmax ? last.getInput(0) : scores;
    List<String> outputs = softmax ? List.of(scores, logits) : List.of(scores);
    return new ScoreOutput(Pruning.to(model, outputs), scores, logits);
  }

  private static boolean isCopy(NodeProto node) {
    boolean copies =
        COPIES.contains(node.getOpType())
            || node.getOpType().equals("Cast") && castType(node) == ElementType.FLOAT;
    return copies && isStandard(node) && node.getInputCount() > 0;
  }

  private static ElementType castType(NodeProto cast) {
    for (AttributeProto attribute : cast.getAttributeList()) {
      if (attribute.getName().equals("to")) {
        return ElementType.of((int) attribute.getI());
      }
    }
    return ElementType.UNDEFINED;
  }

  private static boolean isStandard(NodeProto node) {
    return node.getDomain().isEmpty() || node.getDomain().equals("ai.onnx");
  }

  /** Whether the scores come from a Softmax. */
  boolean hasSoftmax() {
    return !scores.equals(logits);
  }

  /**
   * Names of the values and tensors from which every way to the logits goes through a rounding to
   * whole numbers, as in quantised networks: no gradient comes back to them, or nothing but zeros.
   * Roundings in the bodies of functions and in subgraphs are not seen: what lies before those is
   * taken to be trained.
   */
  Set<String> withoutGradient() {
    GraphProto graph = model.proto().getGraph();
    Set<String> values = new HashSet<>(Ancestors.of(graph, List.of(logits), n -> true).values());
    values.removeAll(Ancestors.of(graph, List.of(logits), n -> !isRounding(n)).values());
    return values;
  }

  private static boolean isRounding(NodeProto node) {
    return switch (node.getOpType()) {
      case "QuantizeLinear" -> isStandard(node) || node.getDomain().equals("com.microsoft");
      case "Round", "Floor", "Ceil", "Sign" -> isStandard(node);
      case "Cast" -> isStandard(node) && isWhole(castType(node));
      default -> false;
    };
  }

  private static boolean isWhole(ElementType type) {
    return switch (type) {
      case BOOL, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 -> true;
      default -> false;
    };
  }
}
