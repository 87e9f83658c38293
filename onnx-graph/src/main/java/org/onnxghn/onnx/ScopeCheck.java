package org.onnxghn.onnx;

import static org.onnxghn.onnx.OnnxCodes.quote;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.SparseTensorProto;
import org.onnxghn.onnx.proto.TensorProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/**
 * Checks names: each defined once in its body, each use defined in its body or an outer one, no
 * cycles. Bodies are checked innermost first, so that a node depends on whatever its subgraphs take
 * from outside. Nodes need not be in topological order.
 */
final class ScopeCheck {
  private static final int BEFORE_NODES = -1;
  private static final int GRAPH_OUTPUT = Integer.MAX_VALUE;

  /** Where a name is used; {@code node} may be {@link #GRAPH_OUTPUT}. */
  private record Use(Body body, int node) {
    /** In words, for messages. */
    String describe() {
      return node == GRAPH_OUTPUT
          ? "an output of the graph" + body.in()
          : "an input of " + body.describe(node);
    }
  }

  /** What subgraphs take from outside, by the index of the outer body and the node in it. */
  private final Map<Integer, Map<Integer, Map<String, Use>>> captured = new HashMap<>();

  private final ModelLimits limits;

  private ScopeCheck(ModelLimits limits) {
    this.limits = limits;
  }

  /**
   * @param bodies parents first
   * @throws OnnxException OG-103, OG-104, OG-108, OG-109 or OG-110
   */
  static void check(List<Body> bodies, ModelLimits limits) {
    ScopeCheck check = new ScopeCheck(limits);
    for (int b = bodies.size() - 1; b >= 0; b--) {
      check.check(bodies.get(b));
    }
  }

  private void check(Body body) {
    Map<Integer, Map<String, Use>> inner = captured.remove(body.index());
    if (inner == null) {
      inner = Map.of();
    }
    Map<String, Integer> producers = definitions(body);
    Map<String, Use> free = new LinkedHashMap<>();
    boolean sorted = true;
    List<NodeProto> nodes = body.nodes();
    for (int n = 0; n < nodes.size(); n++) {
      for (String input : nodes.get(n).getInputList()) {
        sorted &= use(input, producers, n, free, body);
      }
      for (Map.Entry<String, Use> entry : inner.getOrDefault(n, Map.of()).entrySet()) {
        Integer producer = producers.get(entry.getKey());
        if (producer == null) {
          free.putIfAbsent(entry.getKey(), entry.getValue());
        } else {
          sorted &= producer < n;
        }
      }
    }
    checkOutputs(body, producers, free);
    if (!sorted) {
      TopologicalOrder.check(body, producers, inner);
    }
    release(body, free);
  }

  /** Whether the use comes after the definition. */
  private static boolean use(
      String name, Map<String, Integer> producers, int node, Map<String, Use> free, Body body) {
    if (name.isEmpty()) {
      return true; // an optional input that is left out
    }
    Integer producer = producers.get(name);
    if (producer == null) {
      free.putIfAbsent(name, new Use(body, node));
      return true;
    }
    return producer < node;
  }

  private void checkOutputs(Body body, Map<String, Integer> producers, Map<String, Use> free) {
    List<String> outputs =
        body.graph() != null
            ? body.graph().getOutputList().stream().map(ValueInfoProto::getName).toList()
            : body.function().getOutputList();
    for (String output : outputs) {
      if (output.isEmpty() && body.kind() == Body.Kind.MAIN) {
        throw new OnnxException(
            OnnxCodes.INCOMPLETE,
            "an output of the graph has no name",
            "The file is damaged; export the model again.");
      }
      use(output, producers, GRAPH_OUTPUT, free, body);
    }
  }

  /** Hands what is free to the outer body; where there is none, nothing may be free. */
  private void release(Body body, Map<String, Use> free) {
    if (body.parent() != null) {
      Map<String, Use> uses =
          captured
              .computeIfAbsent(body.parent().index(), parent -> new HashMap<>())
              .computeIfAbsent(body.owner(), node -> new LinkedHashMap<>());
      free.forEach(uses::putIfAbsent);
    } else if (body.kind() != Body.Kind.TRAINING && !free.isEmpty()) {
      // Training graphs see the main graph's initializers and call graphs; nothing here runs them.
      Map.Entry<String, Use> first = free.entrySet().iterator().next();
      throw new OnnxException(
          OnnxCodes.UNDEFINED,
          quote(first.getKey()) + ", " + first.getValue().describe() + ", is defined nowhere",
          "Something produced it once; export the model again.");
    }
  }

  private Map<String, Integer> definitions(Body body) {
    List<NodeProto> nodes = body.nodes();
    Map<String, Integer> producers = new HashMap<>(nodes.size() * 4 / 3 + 16);
    if (body.graph() != null) {
      defineGraph(body.graph(), body, producers);
    } else {
      for (String input : body.function().getInputList()) {
        define(input, BEFORE_NODES, body, producers);
      }
    }
    for (int n = 0; n < nodes.size(); n++) {
      for (String output : nodes.get(n).getOutputList()) {
        define(output, n, body, producers);
      }
    }
    return producers;
  }

  private void defineGraph(GraphProto graph, Body body, Map<String, Integer> producers) {
    for (TensorProto tensor : graph.getInitializerList()) {
      define(tensor.getName(), BEFORE_NODES, body, producers);
    }
    for (SparseTensorProto sparse : graph.getSparseInitializerList()) {
      define(sparse.getValues().getName(), BEFORE_NODES, body, producers);
    }
    // An initializer may be an input as well: that is its default value.
    Set<String> inputs = new HashSet<>();
    for (ValueInfoProto input : graph.getInputList()) {
      if (!inputs.add(input.getName())) {
        throw duplicate(input.getName(), body);
      }
      if (!producers.containsKey(input.getName())) {
        define(input.getName(), BEFORE_NODES, body, producers);
      }
    }
  }

  private void define(String name, int node, Body body, Map<String, Integer> producers) {
    if (name.isEmpty()) {
      return; // an optional output that is left out
    }
    checkLength(name, limits);
    if (producers.putIfAbsent(name, node) != null) {
      throw duplicate(name, body);
    }
  }

  /**
   * @throws OnnxException OG-103
   */
  static void checkLength(String name, ModelLimits limits) {
    if (name.length() > limits.nameBytes()) {
      throw new OnnxException(
          OnnxCodes.OVER_LIMIT,
          "the name " + quote(name) + " is longer than " + limits.nameBytes(),
          "The file is damaged or hostile; export the model again.");
    }
  }

  private static OnnxException duplicate(String name, Body body) {
    return new OnnxException(
        OnnxCodes.DUPLICATE,
        "the name " + quote(name) + " is defined twice" + body.in(),
        "Each value needs a name of its own; export the model again.");
  }
}
