package org.onnxghn.converter.inspect;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.onnxghn.graph.importer.Operator;
import org.onnxghn.graph.importer.OperatorTable;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.FunctionProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.OperatorSetIdProto;

/** The operators of a model: of its graph, of subgraphs, and of functions as they are stored. */
public final class OperatorInventory {
  private OperatorInventory() {}

  /**
   * One node.
   *
   * @param domain {@code ai.onnx} for the default one
   * @param operator the row of the operator table in force; empty when there is none
   * @param isFunction whether it calls a function of the model
   */
  public record Use(
      NodeProto node, String domain, Optional<Operator> operator, boolean isFunction) {}

  /** The nodes of a graph or a function, and the versions that they mean. */
  private record Body(List<NodeProto> nodes, Map<String, Long> opsets) {}

  /** Visits every node; an explicit stack replaces recursion. */
  public static void forEach(ModelProto model, Consumer<Use> visitor) {
    Set<List<String>> functions = new HashSet<>();
    Map<String, Long> opsets = new HashMap<>();
    opsets(model.getOpsetImportList(), opsets);
    Deque<Body> bodies = new ArrayDeque<>();
    for (FunctionProto function : model.getFunctionsList()) {
      functions.add(List.of(domain(function.getDomain()), function.getName()));
      Map<String, Long> own = new HashMap<>(opsets);
      opsets(function.getOpsetImportList(), own);
      bodies.add(new Body(function.getNodeList(), own));
    }
    bodies.push(new Body(model.getGraph().getNodeList(), opsets));
    while (!bodies.isEmpty()) {
      Body body = bodies.pop();
      for (NodeProto node : body.nodes()) {
        visitor.accept(use(node, body.opsets(), functions));
        subgraphs(node).forEach(nodes -> bodies.add(new Body(nodes, body.opsets())));
      }
    }
  }

  /** Puts each domain's version into the map; the default domain is {@code ai.onnx}. */
  public static void opsets(List<OperatorSetIdProto> imports, Map<String, Long> target) {
    imports.forEach(opset -> target.put(domain(opset.getDomain()), opset.getVersion()));
  }

  private static Use use(NodeProto node, Map<String, Long> opsets, Set<List<String>> functions) {
    String domain = domain(node.getDomain());
    boolean isFunction = functions.contains(List.of(domain, node.getOpType()));
    Optional<Operator> operator =
        OperatorTable.find(domain, node.getOpType(), opsets.getOrDefault(domain, 1L));
    return new Use(node, domain, operator, isFunction);
  }

  private static List<List<NodeProto>> subgraphs(NodeProto node) {
    List<List<NodeProto>> subgraphs = new ArrayList<>();
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.hasG()) {
        subgraphs.add(attribute.getG().getNodeList());
      }
      attribute.getGraphsList().forEach(graph -> subgraphs.add(graph.getNodeList()));
    }
    return subgraphs;
  }

  private static String domain(String stored) {
    return OperatorTable.canonicalDomain(stored);
  }
}
