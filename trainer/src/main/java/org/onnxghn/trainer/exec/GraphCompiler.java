package org.onnxghn.trainer.exec;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onnxghn.graph.importer.Operator;
import org.onnxghn.graph.importer.OperatorTable;
import org.onnxghn.onnx.FunctionKey;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.StoredTensor;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.FunctionProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.ValueInfoProto;
import org.onnxghn.trainer.exec.ops.Operators;

/**
 * Writes the TorchScript text of a model: node by node, functions inlined, subgraphs as branches
 * and loops. An explicit stack replaces recursion. What cannot be run is collected, so that the
 * error names all of it.
 */
final class GraphCompiler {
  /** Functions that call functions may multiply nodes; the largest networks have some 10^5. */
  private static final int MAX_NODES = 1_000_000;

  private static final String REASON = "executor:";

  /**
   * A function of the model.
   *
   * @param opsets versions by domain
   */
  private record LocalFunction(FunctionProto proto, Map<String, Long> opsets) {}

  private final OnnxModel model;
  private final Code code;
  private final Map<FunctionKey, LocalFunction> functions = new HashMap<>();
  private final List<UnsupportedOperator> unsupported = new ArrayList<>();
  private final Deque<Frame> stack = new ArrayDeque<>();
  private final ControlFlow control;
  private final AttentionFusion attention;
  private int nodes;

  private GraphCompiler(OnnxModel model, Program.Mode mode, Set<String> frozen, Autocast autocast) {
    this.model = model;
    this.code = new Code(mode, frozen, autocast);
    this.control = new ControlFlow(this, code);
    this.attention =
        new AttentionFusion(
            model, Frame.opsets(model.proto().getOpsetImportList()).getOrDefault("", 1L));
  }

  /**
   * @param frozen running statistics of BatchNormalization that training leaves as they are
   * @throws ExecutorException OG-500 with all nodes that cannot be run
   */
  static CompiledText compile(
      OnnxModel model, Program.Mode mode, Set<String> frozen, Autocast autocast) {
    return new GraphCompiler(model, mode, frozen, autocast).run();
  }

  private CompiledText run() {
    ModelProto proto = model.proto();
    for (FunctionProto function : proto.getFunctionsList()) {
      functions.put(
          FunctionKey.of(function),
          new LocalFunction(function, Frame.opsets(function.getOpsetImportList())));
    }
    GraphProto graph = proto.getGraph();
    Scope scope = new Scope(null);
    // Before IR version 4, initializers are inputs as well.
    Set<String> initialized = new HashSet<>();
    graph.getInitializerList().forEach(initializer -> initialized.add(initializer.getName()));
    graph.getSparseInitializerList().forEach(s -> initialized.add(s.getValues().getName()));
    for (ValueInfoProto input : graph.getInputList()) {
      if (initialized.contains(input.getName())) {
        continue;
      }
      Optional<StoredTensor> declared = model.tensorOf(input);
      scope.define(
          input.getName(),
          declared.isPresent()
              ? new Value.Stored(declared.get())
              : new Value.Tensor(code.input(input.getName())));
    }
    enter(
        graph,
        scope,
        new Frame(
            graph.getNodeList(),
            scope,
            Frame.opsets(proto.getOpsetImportList()),
            Map.of(),
            () -> {}));
    while (!stack.isEmpty()) {
      Frame frame = stack.peek();
      if (frame.next < frame.nodes.size()) {
        visit(frame.nodes.get(frame.next++), frame);
      } else {
        stack.pop();
        frame.whenDone.run();
      }
    }
    List<String> outputs = outputs(graph, scope);
    if (!unsupported.isEmpty()) {
      throw new ExecutorException(unsupported);
    }
    return code.finish(outputs);
  }

  private List<String> outputs(GraphProto graph, Scope scope) {
    List<String> outputs = new ArrayList<>();
    for (ValueInfoProto output : graph.getOutputList()) {
      try {
        outputs.add(code.tensor(scope.find(output.getName())));
      } catch (Unsupported e) {
        unsupported.add(new UnsupportedOperator(output.getName(), "output", e.getMessage()));
      }
    }
    return outputs;
  }

  /** Defines the graph's initializers and puts its frame on the stack. */
  void enter(GraphProto graph, Scope scope, Frame frame) {
    graph
        .getInitializerList()
        .forEach(
            initializer ->
                model
                    .tensorOf(initializer)
                    .ifPresent(t -> scope.define(initializer.getName(), new Value.Stored(t))));
    graph
        .getSparseInitializerList()
        .forEach(
            sparse ->
                model
                    .tensorOf(sparse)
                    .ifPresent(
                        t -> scope.define(sparse.getValues().getName(), new Value.Stored(t))));
    stack.push(frame);
  }

  private void visit(NodeProto node, Frame frame) {
    try {
      if (++nodes > MAX_NODES) {
        stack.clear();
        throw new Unsupported("more than " + MAX_NODES + " nodes after inlining functions");
      }
      NodeAttributes attributes = new NodeAttributes(node, frame.arguments);
      LocalFunction function = functions.get(FunctionKey.of(node));
      if (function != null) {
        call(function, node, attributes, frame);
      } else {
        emit(node, attributes, frame);
      }
    } catch (Unsupported e) {
      String domain = node.getDomain().isEmpty() ? "" : node.getDomain() + "::";
      String name =
          node.getName().isEmpty() && node.getOutputCount() > 0
              ? node.getOutput(0)
              : node.getName();
      unsupported.add(new UnsupportedOperator(name, domain + node.getOpType(), e.getMessage()));
      // So that nodes after this one are looked at too.
      node.getOutputList().forEach(output -> frame.scope.define(output, new Value.Tensor("x")));
    }
  }

  private void emit(NodeProto node, NodeAttributes attributes, Frame frame) {
    Optional<StoredTensor> constant = model.tensorOf(node);
    if (constant.isPresent() && node.getOutputCount() == 1) {
      frame.scope.define(node.getOutput(0), new Value.Stored(constant.get()));
      return;
    }
    String domain = Frame.canonical(node.getDomain());
    long opset = frame.opsets.getOrDefault(domain, 1L);
    Optional<Operator> operator = OperatorTable.find(domain, node.getOpType(), opset);
    if (operator.isEmpty()) {
      throw new Unsupported("unknown in version " + opset + " of its domain");
    }
    NodeCode view = new NodeCode(node, attributes, frame.scope, code, opset);
    if (attention.isInner(node) || fused(node, view, frame, opset)) {
      return;
    }
    if (control.emit(view, node, attributes, frame)) {
      return;
    }
    if (domain.isEmpty() && HostShapes.emit(view)) {
      return;
    }
    Emitter emitter = Operators.find(domain, node.getOpType());
    if (emitter == null) {
      throw new Unsupported(reason(operator.get().note()));
    }
    emitter.emit(view);
  }

  private boolean fused(NodeProto node, NodeCode view, Frame frame, long opset) {
    AttentionFusion.Match match = attention.endingIn(node);
    if (match == null) {
      return false;
    }
    NodeCode scores = view(match.scores(), frame, opset);
    String queries = scores.in(0);
    if (match.scaling() != null) {
      // The queries are smaller than the scores.
      String operation = match.scaling().getOpType().equals("Mul") ? "mul" : "div";
      String number = view(match.scaling(), frame, opset).in(match.number());
      queries = scores.cast(view.name("torch.%s(%s, %s)".formatted(operation, queries, number)));
    }
    view.out(view.call("softmax_attention", queries, scores.in(1), view.in(1), match.axis()));
    return true;
  }

  private NodeCode view(NodeProto node, Frame frame, long opset) {
    return new NodeCode(node, new NodeAttributes(node, frame.arguments), frame.scope, code, opset);
  }

  /** What the operator table says after {@code executor:}. */
  private static String reason(String note) {
    int mark = note.indexOf(REASON);
    return mark < 0 ? "not implemented" : note.substring(mark + REASON.length()).trim();
  }

  private void call(LocalFunction callee, NodeProto node, NodeAttributes attributes, Frame frame) {
    FunctionProto function = callee.proto();
    Scope body = new Scope(null);
    for (int i = 0; i < function.getInputCount(); i++) {
      boolean given = i < node.getInputCount() && !node.getInput(i).isEmpty();
      Value actual = given ? frame.scope.find(node.getInput(i)) : new Value.Absent();
      if (actual != null) {
        body.define(function.getInput(i), actual);
      }
    }
    Map<String, AttributeProto> arguments = new HashMap<>();
    function.getAttributeProtoList().forEach(a -> arguments.put(a.getName(), a));
    arguments.putAll(attributes.all());
    Runnable whenDone =
        () -> {
          for (int i = 0; i < function.getOutputCount() && i < node.getOutputCount(); i++) {
            Value result = body.find(function.getOutput(i));
            if (result != null && !node.getOutput(i).isEmpty()) {
              frame.scope.define(node.getOutput(i), result);
            }
          }
        };
    stack.push(new Frame(function.getNodeList(), body, callee.opsets(), arguments, whenDone));
  }
}
