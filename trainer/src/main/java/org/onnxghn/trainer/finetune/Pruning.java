package org.onnxghn.trainer.finetune;

import java.util.BitSet;
import java.util.List;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/**
 * Cuts a model down to some of its values: an executor computes whatever a graph has, and the last
 * layer of a graph may be that of another output.
 */
final class Pruning {
  private Pruning() {}

  /**
   * The model with these outputs and the nodes that they need; tensors and functions stay. The
   * model itself where that is all it has.
   *
   * @param outputs names of values of the graph
   */
  static OnnxModel to(OnnxModel model, List<String> outputs) {
    GraphProto graph = model.proto().getGraph();
    List<String> before = graph.getOutputList().stream().map(ValueInfoProto::getName).toList();
    int needed = Ancestors.of(graph, outputs, node -> true).nodes().cardinality();
    if (before.equals(outputs) && needed == graph.getNodeCount()) {
      return model;
    }
    ModelProto proto = model.toProto();
    GraphProto whole = proto.getGraph();
    GraphProto.Builder pruned = whole.toBuilder().clearNode().clearOutput();
    BitSet nodes = Ancestors.of(whole, outputs, node -> true).nodes();
    nodes.stream().forEach(i -> pruned.addNode(whole.getNode(i)));
    outputs.forEach(name -> pruned.addOutput(declared(whole, name)));
    return OnnxModel.of(proto.toBuilder().setGraph(pruned).build());
  }

  private static ValueInfoProto declared(GraphProto graph, String name) {
    for (ValueInfoProto output : graph.getOutputList()) {
      if (output.getName().equals(name)) {
        return output;
      }
    }
    ValueInfoProto.Builder output = ValueInfoProto.newBuilder().setName(name);
    output.getTypeBuilder().getTensorTypeBuilder().setElemType(ElementType.FLOAT.number());
    return output.build();
  }
}
