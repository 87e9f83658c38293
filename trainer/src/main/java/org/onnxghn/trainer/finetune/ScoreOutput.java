package org.onnxghn.trainer.finetune;

import java.util.HashMap;
import java.util.Map;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/**
 * The first output of a classifier, and the scores before a Softmax that it may end in: a loss from
 * probabilities that were rounded to 0 or 1 has no gradient.
 *
 * @param model with the logits among its outputs
 * @param scores name of the first output
 * @param logits name of the scores before the Softmax; the same where there is none
 */
record ScoreOutput(OnnxModel model, String scores, String logits) {
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
    if (last == null || !last.getOpType().equals("Softmax") || !isStandard(last)) {
      return new ScoreOutput(model, scores, scores);
    }
    String logits = last.getInput(0);
    boolean isOutput =
        graph.getOutputList().stream().anyMatch(output -> output.getName().equals(logits));
    return new ScoreOutput(isOutput ? model : withOutput(model, logits), scores, logits);
  }

  private static boolean isCopy(NodeProto node) {
    return node.getOpType().equals("Identity") && isStandard(node);
  }

  private static boolean isStandard(NodeProto node) {
    return node.getDomain().isEmpty() || node.getDomain().equals("ai.onnx");
  }

  private static OnnxModel withOutput(OnnxModel model, String name) {
    ModelProto proto = model.toProto();
    ValueInfoProto.Builder output = ValueInfoProto.newBuilder().setName(name);
    output.getTypeBuilder().getTensorTypeBuilder().setElemType(ElementType.FLOAT.number());
    GraphProto graph = proto.getGraph().toBuilder().addOutput(output).build();
    return OnnxModel.of(proto.toBuilder().setGraph(graph).build());
  }
}
