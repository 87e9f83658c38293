package org.onnxghn.graph.importer;

import java.util.List;
import java.util.Map;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.NodeProto;

/** A list of nodes on its way of being read. */
final class Frame {
  final List<NodeProto> nodes;
  final Scope scope;
  final Map<String, Long> opsets;
  final Map<String, AttributeProto> arguments;
  Runnable whenDone;
  int next;

  Frame(
      List<NodeProto> nodes,
      Scope scope,
      Map<String, Long> opsets,
      Map<String, AttributeProto> arguments) {
    this.nodes = nodes;
    this.scope = scope;
    this.opsets = opsets;
    this.arguments = arguments;
  }
}
