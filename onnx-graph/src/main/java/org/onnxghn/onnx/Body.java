package org.onnxghn.onnx;

import static org.onnxghn.onnx.OnnxCodes.quote;

import java.util.ArrayList;
import java.util.List;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.FunctionProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.TrainingInfoProto;

/**
 * A list of nodes with names of its own: the main graph, a subgraph, a function's body or a
 * training graph.
 *
 * @param index its place in {@link #allOf}; a parent comes before its children
 * @param parent the body whose node holds this subgraph, or null
 * @param owner index of that node; for functions and training graphs their index in the model
 * @param attribute index of the attribute that holds this subgraph; for training graphs 0
 *     (initialization) or 1 (algorithm)
 * @param item index in the attribute's list of graphs, or -1 when it holds a single one
 * @param graph the graph, or null for a function
 * @param function the function, or null for a graph
 * @param depth 1 for a body without parent
 */
record Body(
    int index,
    Kind kind,
    Body parent,
    int owner,
    int attribute,
    int item,
    GraphProto graph,
    FunctionProto function,
    int depth) {

  /** Of a name in a path. */
  private static final int MAX_NAME = 80;

  /** Of the path of the body outside: each tensor may have one in its name. */
  private static final int MAX_OUTER_PATH = 500;

  /** What a body belongs to. */
  enum Kind {
    MAIN,
    SUBGRAPH,
    FUNCTION,
    TRAINING
  }

  /**
   * All bodies of a model: main graph, functions, training graphs, then the subgraphs, level by
   * level.
   *
   * @throws OnnxException when there are more nodes or levels than the limits allow
   */
  static List<Body> allOf(ModelProto model, ModelLimits limits) {
    List<Body> bodies = new ArrayList<>();
    bodies.add(new Body(0, Kind.MAIN, null, 0, 0, -1, model.getGraph(), null, 1));
    for (int i = 0; i < model.getFunctionsCount(); i++) {
      FunctionProto function = model.getFunctions(i);
      bodies.add(new Body(bodies.size(), Kind.FUNCTION, null, i, 0, -1, null, function, 1));
    }
    for (int i = 0; i < model.getTrainingInfoCount(); i++) {
      TrainingInfoProto info = model.getTrainingInfo(i);
      if (info.hasInitialization()) {
        bodies.add(training(bodies.size(), i, 0, info.getInitialization()));
      }
      if (info.hasAlgorithm()) {
        bodies.add(training(bodies.size(), i, 1, info.getAlgorithm()));
      }
    }
    long nodes = 0;
    // The list grows while it is walked: a queue instead of recursion.
    for (int b = 0; b < bodies.size(); b++) {
      Body body = bodies.get(b);
      nodes += body.nodes().size();
      if (nodes > limits.nodes()) {
        throw overLimit("more than " + limits.nodes() + " nodes");
      }
      body.addChildren(bodies, limits);
    }
    return bodies;
  }

  private static Body training(int index, int info, int which, GraphProto graph) {
    return new Body(index, Kind.TRAINING, null, info, which, -1, graph, null, 1);
  }

  private void addChildren(List<Body> bodies, ModelLimits limits) {
    List<NodeProto> nodes = nodes();
    for (int n = 0; n < nodes.size(); n++) {
      List<AttributeProto> attributes = nodes.get(n).getAttributeList();
      for (int a = 0; a < attributes.size(); a++) {
        AttributeProto attribute = attributes.get(a);
        if (!attribute.hasG() && attribute.getGraphsCount() == 0) {
          continue;
        }
        if (depth >= limits.depth()) {
          throw overLimit("subgraphs nested deeper than " + limits.depth() + " levels");
        }
        if (attribute.hasG()) {
          bodies.add(child(bodies.size(), n, a, -1, attribute.getG()));
        }
        for (int g = 0; g < attribute.getGraphsCount(); g++) {
          bodies.add(child(bodies.size(), n, a, g, attribute.getGraphs(g)));
        }
      }
    }
  }

  private Body child(int index, int node, int attribute, int item, GraphProto child) {
    return new Body(index, Kind.SUBGRAPH, this, node, attribute, item, child, null, depth + 1);
  }

  List<NodeProto> nodes() {
    return graph != null ? graph.getNodeList() : function.getNodeList();
  }

  /** As in {@code If_12.then_branch/Loop_3.body}; empty for the main graph. */
  String path() {
    return switch (kind) {
      case MAIN -> "";
      case FUNCTION -> "function " + cut(function.getDomain()) + ":" + cut(function.getName());
      case TRAINING -> "training_info." + owner + (attribute == 0 ? ".init" : ".algorithm");
      case SUBGRAPH -> {
        NodeProto node = parent.nodes().get(owner);
        String outer = cut(parent.path(), MAX_OUTER_PATH);
        yield (outer.isEmpty() ? "" : outer + "/")
            + cut(label(node, owner))
            + "."
            + cut(node.getAttribute(attribute).getName())
            + (item < 0 ? "" : "." + item);
      }
    };
  }

  /** A node in words, for messages. */
  String describe(int nodeIndex) {
    NodeProto node = nodes().get(nodeIndex);
    return "node " + quote(label(node, nodeIndex)) + " (" + cut(node.getOpType()) + ")" + in();
  }

  /** {@code " in …"} for messages, empty for the main graph. */
  String in() {
    return kind == Kind.MAIN ? "" : " in " + path();
  }

  private static String label(NodeProto node, int index) {
    if (!node.getName().isEmpty()) {
      return node.getName();
    }
    return node.getOutputCount() > 0 && !node.getOutput(0).isEmpty()
        ? node.getOutput(0)
        : "#" + index;
  }

  private static String cut(String name) {
    return cut(name, MAX_NAME);
  }

  private static String cut(String name, int length) {
    return name.length() <= length ? name : name.substring(0, length) + "…";
  }

  private static OnnxException overLimit(String what) {
    return new OnnxException(
        OnnxCodes.OVER_LIMIT,
        "the model has " + what,
        "Raise the limit (ModelLimits) if this model is meant to be that large.");
  }
}
