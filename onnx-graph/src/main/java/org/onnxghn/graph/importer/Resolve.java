package org.onnxghn.graph.importer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.onnxghn.onnx.FunctionKey;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.FunctionProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.OperatorSetIdProto;
import org.onnxghn.onnx.proto.SparseTensorProto;
import org.onnxghn.onnx.proto.TensorProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/**
 * First phase: finds each operator in the table (domain, name, newest version that is not above the
 * model's opset), inlines model functions, and inlines the bodies of If, Loop and Scan where they
 * stand. An explicit stack replaces recursion.
 */
final class Resolve {
  private final OnnxModel model;
  private final Map<FunctionKey, LocalFunction> functions = new HashMap<>();
  private final List<Op> ops = new ArrayList<>();
  private final Values values = new Values();
  private final Deque<Frame> stack = new ArrayDeque<>();
  private final InliningBudget budget = new InliningBudget();

  private Resolve(OnnxModel model) {
    this.model = model;
  }

  static OpGraph resolve(OnnxModel model) {
    return new Resolve(model).run();
  }

  private OpGraph run() {
    ModelProto proto = model.proto();
    for (FunctionProto function : proto.getFunctionsList()) {
      functions.put(
          FunctionKey.of(function),
          new LocalFunction(function, opsets(function.getOpsetImportList())));
    }
    GraphProto graph = proto.getGraph();
    Scope scope = new Scope(values);
    for (ValueInfoProto input : graph.getInputList()) {
      Value value = scope.define(input.getName());
      value.graphInput = true;
      model.tensorOf(input).ifPresent(tensor -> value.stored = tensor);
    }
    defineInitializers(graph, scope);
    stack.push(new Frame(graph.getNodeList(), scope, opsets(proto.getOpsetImportList()), Map.of()));
    while (!stack.isEmpty()) {
      Frame frame = stack.peek();
      if (frame.next < frame.nodes.size()) {
        visit(frame.nodes.get(frame.next++), frame);
      } else {
        stack.pop();
        if (frame.whenDone != null) {
          frame.whenDone.run();
        }
      }
    }
    int[] outputs =
        graph.getOutputList().stream().mapToInt(output -> scope.use(output.getName())).toArray();
    values.resolve(outputs);
    ops.forEach(op -> values.resolve(op.inputs()));
    List<Op> sorted = TopologicalOrder.sort(ops, values.all());
    return SplitOperators.split(new OpGraph(sorted, values.all(), outputs));
  }

  private void visit(NodeProto node, Frame frame) {
    Attributes attributes = new Attributes(node, frame.arguments);
    budget.spend(1, node.getInputCount() + node.getOutputCount() + attributes.parts());
    LocalFunction function = functions.isEmpty() ? null : functions.get(FunctionKey.of(node));
    if (function != null) {
      call(function, node, attributes, frame);
      return;
    }
    List<Map.Entry<String, GraphProto>> graphs = attributes.graphs();
    if (graphs.isEmpty()) {
      add(node, attributes, frame, inputs(node, frame.scope), outputs(node, frame.scope));
    } else {
      enter(graphs, node, attributes, frame);
    }
  }

  private void call(LocalFunction callee, NodeProto node, Attributes attributes, Frame frame) {
    FunctionProto function = callee.proto;
    budget.spend(0, function.getInputCount() + function.getOutputCount() + callee.defaults.size());
    Scope body = new Scope(values);
    for (int i = 0; i < function.getInputCount(); i++) {
      String actual = i < node.getInputCount() ? node.getInput(i) : "";
      if (!actual.isEmpty()) {
        body.alias(function.getInput(i), frame.scope.use(actual));
      } else {
        body.leaveOut(function.getInput(i));
      }
    }
    Frame inner =
        new Frame(
            function.getNodeList(), body, callee.opsets, attributes.resolved(callee.defaults));
    inner.whenDone =
        () -> {
          for (int i = 0; i < node.getOutputCount() && i < function.getOutputCount(); i++) {
            frame.scope.alias(node.getOutput(i), body.use(function.getOutput(i)));
          }
        };
    stack.push(inner);
  }

  /**
   * Puts the bodies of a control-flow operator in its place; for If the operator itself stays, to
   * merge its branches.
   */
  private void enter(
      List<Map.Entry<String, GraphProto>> graphs,
      NodeProto node,
      Attributes attributes,
      Frame frame) {
    List<Scope> bodies = new ArrayList<>();
    List<Frame> frames = new ArrayList<>();
    for (Map.Entry<String, GraphProto> entry : graphs) {
      GraphProto graph = entry.getValue();
      int tensors = graph.getInitializerCount() + graph.getSparseInitializerCount();
      budget.spend(0, 1L + graph.getInputCount() + graph.getOutputCount() + tensors);
      Scope body = frame.scope.inside(graph.getNodeList());
      bodies.add(body);
      bindInputs(graph, node, frame, body);
      defineInitializers(graph, body);
      frames.add(new Frame(graph.getNodeList(), body, frame.opsets, frame.arguments));
    }
    // The stack runs the last frame first, so the operator itself is added when the first body is
    // done.
    frames.get(0).whenDone = () -> leave(graphs, bodies, node, attributes, frame);
    frames.forEach(stack::push);
  }

  private void bindInputs(GraphProto graph, NodeProto node, Frame frame, Scope body) {
    // Loop: (iteration, condition, carried…) after (trip count, condition, carried…). Scan: states
    // and scanned, in order.
    int formalStart = node.getOpType().equals("Loop") ? 2 : 0;
    int actualStart = node.getOpType().equals("Loop") ? 2 : 0;
    for (int i = 0; i < graph.getInputCount(); i++) {
      int actual = i - formalStart + actualStart;
      boolean bound =
          i >= formalStart && actual < node.getInputCount() && !node.getInput(actual).isEmpty();
      if (bound) {
        body.alias(graph.getInput(i).getName(), frame.scope.use(node.getInput(actual)));
      } else {
        body.define(graph.getInput(i).getName());
      }
    }
  }

  private void leave(
      List<Map.Entry<String, GraphProto>> graphs,
      List<Scope> bodies,
      NodeProto node,
      Attributes attributes,
      Frame frame) {
    if (node.getOpType().equals("Loop") || node.getOpType().equals("Scan")) {
      GraphProto graph = graphs.get(0).getValue();
      int first = node.getOpType().equals("Loop") ? 1 : 0;
      for (int i = 0; i < node.getOutputCount() && first + i < graph.getOutputCount(); i++) {
        frame.scope.alias(
            node.getOutput(i), bodies.get(0).use(graph.getOutput(first + i).getName()));
      }
      return;
    }
    List<Integer> merged = new ArrayList<>();
    if (!node.getOpType().equals("If")) {
      for (int input : inputs(node, frame.scope)) {
        merged.add(input);
      }
    }
    for (int output = 0; output < node.getOutputCount(); output++) {
      List<Integer> branches = new ArrayList<>(merged);
      for (int b = 0; b < bodies.size(); b++) {
        GraphProto graph = graphs.get(b).getValue();
        if (output < graph.getOutputCount()) {
          branches.add(bodies.get(b).use(graph.getOutput(output).getName()));
        }
      }
      budget.spend(1, branches.size());
      int value =
          node.getOutput(output).isEmpty() ? -1 : frame.scope.define(node.getOutput(output)).id;
      add(node, attributes, frame, branches.stream().mapToInt(i -> i).toArray(), new int[] {value});
    }
  }

  private void add(
      NodeProto node, Attributes attributes, Frame frame, int[] inputs, int[] outputs) {
    String domain = node.getDomain().isEmpty() ? "ai.onnx" : node.getDomain();
    long opset = frame.opsets.getOrDefault(domain, 1L);
    Op op =
        new Op(
            ops.size(),
            node,
            domain,
            OperatorTable.find(domain, node.getOpType(), opset),
            inputs,
            outputs,
            attributes);
    ops.add(op);
    for (int output : outputs) {
      if (output >= 0) {
        values.get(output).producer = op.id();
        model.tensorOf(node).ifPresent(tensor -> values.get(output).stored = tensor);
      }
    }
  }

  private int[] inputs(NodeProto node, Scope scope) {
    int[] ids = new int[node.getInputCount()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = node.getInput(i).isEmpty() ? -1 : scope.use(node.getInput(i));
    }
    return ids;
  }

  private int[] outputs(NodeProto node, Scope scope) {
    int[] ids = new int[node.getOutputCount()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = node.getOutput(i).isEmpty() ? -1 : scope.define(node.getOutput(i)).id;
    }
    return ids;
  }

  private void defineInitializers(GraphProto graph, Scope scope) {
    for (TensorProto tensor : graph.getInitializerList()) {
      Value value = scope.define(tensor.getName());
      value.graphInput = false;
      model.tensorOf(tensor).ifPresent(stored -> value.stored = stored);
    }
    for (SparseTensorProto tensor : graph.getSparseInitializerList()) {
      Value value = scope.define(tensor.getValues().getName());
      value.graphInput = false;
      model.tensorOf(tensor).ifPresent(stored -> value.stored = stored);
    }
  }

  private static Map<String, Long> opsets(List<OperatorSetIdProto> imports) {
    Map<String, Long> opsets = new HashMap<>();
    imports.forEach(
        i -> opsets.put(i.getDomain().isEmpty() ? "ai.onnx" : i.getDomain(), i.getVersion()));
    return opsets;
  }
}
