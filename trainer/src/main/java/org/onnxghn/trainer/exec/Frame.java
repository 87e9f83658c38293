package org.onnxghn.trainer.exec;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.OperatorSetIdProto;

/** A graph, subgraph or function body that is being compiled, and how far it is. */
final class Frame {
  final List<NodeProto> nodes;
  final Scope scope;
  final Map<String, Long> opsets;

  /** Attributes that the function was called with. */
  final Map<String, AttributeProto> arguments;

  /** What to do after the last node. */
  final Runnable whenDone;

  int next;

  Frame(
      List<NodeProto> nodes,
      Scope scope,
      Map<String, Long> opsets,
      Map<String, AttributeProto> arguments,
      Runnable whenDone) {
    this.nodes = NodeOrder.of(nodes);
    this.scope = scope;
    this.opsets = opsets;
    this.arguments = arguments;
    this.whenDone = whenDone;
  }

  /** A subgraph of a node of this frame. */
  Frame subgraph(List<NodeProto> nodes, Scope inner, Runnable whenDone) {
    return new Frame(nodes, inner, opsets, arguments, whenDone);
  }

  /** Versions by domain; the default domain is the empty string. */
  static Map<String, Long> opsets(List<OperatorSetIdProto> imports) {
    Map<String, Long> opsets = new HashMap<>();
    for (OperatorSetIdProto imported : imports) {
      opsets.put(canonical(imported.getDomain()), imported.getVersion());
    }
    return opsets;
  }

  static String canonical(String domain) {
    return domain.equals("ai.onnx") ? "" : domain;
  }
}
