package org.onnxghn.onnx;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.TensorProto;

/** Finds the nodes that hold a {@link StoredTensor.Form#INITIALIZER_COPY}. */
final class IdentityCopies {
  private IdentityCopies() {}

  /** The index of the initializer that a node of the body copies, by the index of the node. */
  static Map<Integer, Integer> of(Body body) {
    GraphProto graph = body.graph();
    if (graph == null || graph.getInitializerCount() == 0) {
      return Map.of();
    }
    Map<String, Integer> initializers = new HashMap<>();
    for (int i = 0; i < graph.getInitializerCount(); i++) {
      TensorProto tensor = graph.getInitializer(i);
      if (ElementType.of(tensor.getDataType()).isTrainable()) {
        initializers.put(tensor.getName(), i);
      }
    }
    Set<String> shared = readTwice(graph.getNodeList(), initializers.keySet());
    Map<Integer, Integer> copies = new HashMap<>();
    for (int n = 0; n < graph.getNodeCount(); n++) {
      NodeProto node = graph.getNode(n);
      if (isIdentity(node) && shared.contains(node.getInput(0))) {
        copies.put(n, initializers.get(node.getInput(0)));
      }
    }
    return copies;
  }

  /** In a damaged file an Identity may have no input, or several; what it is then, nobody knows. */
  private static boolean isIdentity(NodeProto node) {
    return node.getOpType().equals("Identity")
        && OperatorChecks.isStandard(node)
        && node.getInputCount() == 1
        && node.getOutputCount() == 1
        && !node.getOutput(0).isEmpty();
  }

  /** Those of the names that the nodes read more than once. */
  private static Set<String> readTwice(List<NodeProto> nodes, Set<String> names) {
    Set<String> read = new HashSet<>();
    Set<String> twice = new HashSet<>();
    for (NodeProto node : nodes) {
      for (String input : node.getInputList()) {
        if (names.contains(input) && !read.add(input)) {
          twice.add(input);
        }
      }
    }
    return twice;
  }
}
