package org.onnxghn.graph.importer;

import java.util.Optional;
import org.onnxghn.onnx.proto.NodeProto;

/**
 * One operator of the flattened model.
 *
 * @param id its place in topological order
 * @param node as stored
 * @param domain {@code ai.onnx} for the default one
 * @param operator its row in the operator table, empty when there is none
 * @param inputs ids of values, -1 for an input that is left out
 * @param outputs ids of values, -1 for an output that is left out
 */
record Op(
    int id,
    NodeProto node,
    String domain,
    Optional<Operator> operator,
    int[] inputs,
    int[] outputs,
    Attributes attributes) {

  String type() {
    return node.getOpType();
  }

  /** Whether it is this operator of the default domain. */
  boolean is(String type) {
    return domain.equals("ai.onnx") && node.getOpType().equals(type);
  }

  /** Value id of an input, -1 when it is left out or the operator has fewer. */
  int input(int place) {
    return place < inputs.length ? inputs[place] : -1;
  }

  /** Value id of an output, -1 when it is left out or the operator has fewer. */
  int output(int place) {
    return place < outputs.length ? outputs[place] : -1;
  }

  Op withId(int newId) {
    return new Op(newId, node, domain, operator, inputs, outputs, attributes);
  }

  /** The same operator between other values. */
  Op between(int[] newInputs, int[] newOutputs) {
    return new Op(id, node, domain, operator, newInputs, newOutputs, attributes);
  }

  /** For messages: {@code node 'name' (Conv)}. */
  String label() {
    return "node '" + node.getName() + "' (" + node.getOpType() + ")";
  }
}
