package org.onnxghn.trainer.finetune;

import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.StoredTensor;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/**
 * Cuts a model down to some of its values: an executor computes whatever a graph has, and the last
 * layer of a graph may be that of another output.
 */
final class Pruning {
  private Pruning() {}

  /**
   * The model with these outputs and the nodes that they need; tensors and functions stay, and keep
   * their names. The model itself where that is all it has.
   *
   * @param outputs names of values of the graph
   */
  static OnnxModel to(OnnxModel model, List<String> outputs) {
    GraphProto graph = model.proto().getGraph();
    List<String> before = graph.getOutputList().stream().map(ValueInfoProto::getName).toList();
    BitSet needed = Ancestors.of(graph, outputs, node -> true).nodes();
    if (before.equals(outputs) && needed.cardinality() == graph.getNodeCount()) {
      return model;
    }
    // Whether an Identity is a parameter of its own depends on all the nodes.
    OnnxModel own = model.withOwnData(copies(model, needed));
    GraphProto whole = own.proto().getGraph();
    BitSet nodes = Ancestors.of(whole, outputs, node -> true).nodes();
    return own.withNodes(nodes, outputs.stream().map(name -> declared(whole, name)).toList());
  }

  private static List<StoredTensor> copies(OnnxModel model, BitSet nodes) {
    return nodes.stream()
        .mapToObj(i -> model.tensorOf(model.proto().getGraph().getNode(i)))
        .flatMap(Optional::stream)
        .filter(tensor -> tensor.form() == StoredTensor.Form.INITIALIZER_COPY)
        .toList();
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
