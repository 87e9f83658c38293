package org.onnxghn.trainer.exec;

import java.util.ArrayList;
import java.util.List;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.TypeProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/** If, Loop and Scan as TorchScript's own branches and loops, with gradients through them. */
final class ControlFlow {
  private final GraphCompiler compiler;
  private final Code code;

  ControlFlow(GraphCompiler compiler, Code code) {
    this.compiler = compiler;
    this.code = code;
  }

  /** Begins the node; false if it is not control flow. */
  boolean emit(NodeCode node, NodeProto proto, NodeAttributes attributes, Frame frame) {
    if (!Frame.canonical(proto.getDomain()).isEmpty()) {
      return false;
    }
    switch (proto.getOpType()) {
      case "If" -> branch(node, proto, attributes, frame);
      case "Loop" -> loop(node, proto, attributes, frame);
      case "Scan" -> scan(node, proto, attributes, frame);
      default -> {
        return false;
      }
    }
    return true;
  }

  private void branch(NodeCode node, NodeProto proto, NodeAttributes attributes, Frame frame) {
    GraphProto then = attributes.graph("then_branch");
    GraphProto otherwise = attributes.graph("else_branch");
    long[] known = node.known(0);
    if (known != null && known.length == 1) {
      GraphProto taken = known[0] != 0 ? then : otherwise;
      Scope scope = new Scope(frame.scope);
      enter(taken, scope, frame, () -> define(proto, frame.scope, values(taken, scope)));
      return;
    }
    code.line("if bool(" + node.in(0) + "):");
    List<Value> results = new ArrayList<>();
    Scope thenScope = new Scope(frame.scope);
    Scope elseScope = new Scope(frame.scope);
    code.indent();
    // The frame that is entered last runs first.
    enter(
        otherwise,
        elseScope,
        frame,
        () -> {
          assign(results, otherwise, elseScope);
          code.dedent();
          define(proto, frame.scope, results);
        });
    enter(
        then,
        thenScope,
        frame,
        () -> {
          values(then, thenScope).forEach(value -> results.add(named(value)));
          code.line("pass");
          code.dedent();
          code.line("else:");
          code.indent();
        });
  }

  /** Gives the values of the other branch the names of the first one's. */
  private void assign(List<Value> names, GraphProto graph, Scope scope) {
    List<Value> values = values(graph, scope);
    for (int i = 0; i < names.size() && i < values.size(); i++) {
      code.line(id(names.get(i)) + " = " + id(named(values.get(i))));
    }
    code.line("pass");
  }

  private void loop(NodeCode node, NodeProto proto, NodeAttributes attributes, Frame frame) {
    GraphProto body = attributes.graph("body");
    int carried = proto.getInputCount() - 2;
    int scans = body.getOutputCount() - 1 - carried;
    if (carried < 0 || scans < 0 || body.getInputCount() < carried + 2) {
      throw new Unsupported("its body has too few inputs or outputs");
    }
    String limit = node.has(0) ? code.name(node.integer(0)) : "4611686018427387904";
    String index = code.name("0");
    String go = code.name(node.has(1) ? "bool(" + node.in(1) + ")" : "True");
    List<Value> state = new ArrayList<>();
    for (int i = 0; i < carried; i++) {
      state.add(named(node.value(2 + i)));
    }
    List<String> lists = lists(scans);
    code.line("while " + index + " < " + limit + " and " + go + ":");
    code.indent();
    code.turn();
    Scope scope = new Scope(frame.scope);
    scope.define(
        body.getInput(0).getName(),
        new Value.Ints("[" + index + "]", null, true, TorchTypes.INT64));
    scope.define(
        body.getInput(1).getName(),
        new Value.Tensor(code.name("torch.tensor(" + go + ", device=device)")));
    for (int i = 0; i < carried; i++) {
      scope.define(body.getInput(2 + i).getName(), state.get(i));
    }
    enter(
        body,
        scope,
        frame,
        () -> {
          List<Value> values = values(body, scope);
          // A scanned output may be a state that is about to change.
          append(lists, values.subList(1 + carried, values.size()));
          code.line(go + " = bool(" + id(values.get(0)) + ")");
          update(state, values.subList(1, 1 + carried));
          code.line(index + " = " + index + " + 1");
          code.dedent();
          List<Value> results = new ArrayList<>(state);
          for (int i = 0; i < lists.size(); i++) {
            String all = stacked(lists.get(i), 0, body.getOutput(1 + carried + i));
            results.add(new Value.Tensor(code.name(all)));
          }
          define(proto, frame.scope, results);
        });
  }

  private void scan(NodeCode node, NodeProto proto, NodeAttributes attributes, Frame frame) {
    GraphProto body = attributes.graph("body");
    int scanned = (int) node.attribute("num_scan_inputs", 0);
    int states = proto.getInputCount() - scanned;
    int scans = body.getOutputCount() - states;
    if (node.opset() < 9) {
      throw new Unsupported("Scan before version 9 has a batch axis");
    }
    if (scanned < 1 || states < 0 || scans < 0 || body.getInputCount() != proto.getInputCount()) {
      throw new Unsupported("its body has too few inputs or outputs");
    }
    List<Value> state = new ArrayList<>();
    for (int i = 0; i < states; i++) {
      state.add(named(node.value(i)));
    }
    List<String> inputs = new ArrayList<>();
    for (int i = 0; i < scanned; i++) {
      String sequence = "torch.movedim(%s, %d, 0)".formatted(node.in(states + i), axis(node, i));
      boolean backward = item(node.integers("scan_input_directions"), i) == 1;
      inputs.add(code.name(backward ? "torch.flip(" + sequence + ", [0])" : sequence));
    }
    List<String> lists = lists(scans);
    String index = code.name("0");
    code.line("while " + index + " < torch.size(" + inputs.get(0) + ", 0):");
    code.indent();
    code.turn();
    Scope scope = new Scope(frame.scope);
    for (int i = 0; i < states; i++) {
      scope.define(body.getInput(i).getName(), state.get(i));
    }
    for (int i = 0; i < scanned; i++) {
      String slice = code.name("torch.select(%s, 0, %s)".formatted(inputs.get(i), index));
      scope.define(body.getInput(states + i).getName(), new Value.Tensor(slice));
    }
    enter(
        body,
        scope,
        frame,
        () -> {
          List<Value> values = values(body, scope);
          append(lists, values.subList(states, values.size()));
          update(state, values.subList(0, states));
          code.line(index + " = " + index + " + 1");
          code.dedent();
          List<Value> results = new ArrayList<>(state);
          for (int i = 0; i < lists.size(); i++) {
            long axis = item(node.integers("scan_output_axes"), i);
            String all = stacked(lists.get(i), axis, body.getOutput(states + i));
            if (item(node.integers("scan_output_directions"), i) == 1) {
              all = "torch.flip(" + all + ", [" + Literals.of(axis) + "])";
            }
            results.add(new Value.Tensor(code.name(all)));
          }
          define(proto, frame.scope, results);
        });
  }

  private static long axis(NodeCode node, int input) {
    return item(node.integers("scan_input_axes"), input);
  }

  private static long item(long[] list, int index) {
    return list == null || index >= list.length ? 0 : list[index];
  }

  private void enter(GraphProto graph, Scope scope, Frame frame, Runnable whenDone) {
    compiler.enter(graph, scope, frame.subgraph(graph.getNodeList(), scope, whenDone));
  }

  private List<Value> values(GraphProto graph, Scope scope) {
    List<Value> values = new ArrayList<>();
    graph
        .getOutputList()
        .forEach(
            output -> {
              Value value = scope.find(output.getName());
              values.add(value == null ? new Value.Tensor("x") : value);
            });
    return values;
  }

  /** A name of its own for the value, which later lines may assign to. */
  private Value named(Value value) {
    if (value instanceof Value.Sequence sequence) {
      return new Value.Sequence(code.name(sequence.id()));
    }
    return new Value.Tensor(code.name(code.tensor(value)));
  }

  private String id(Value value) {
    return value instanceof Value.Sequence sequence ? sequence.id() : code.tensor(value);
  }

  /** Assigns all at once: the new value of one may be the old value of another. */
  private void update(List<Value> state, List<Value> values) {
    List<String> next = values.stream().map(value -> id(named(value))).toList();
    for (int i = 0; i < state.size(); i++) {
      code.line(id(state.get(i)) + " = " + next.get(i));
    }
  }

  private List<String> lists(int count) {
    List<String> lists = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      lists.add(code.name("annotate(List[Tensor], [])"));
    }
    return lists;
  }

  private void append(List<String> lists, List<Value> values) {
    for (int i = 0; i < lists.size(); i++) {
      code.name("torch.append(" + lists.get(i) + ", " + id(values.get(i)) + ")");
    }
  }

  /**
   * All steps as one tensor. Where there was no step it is empty, in the shape and type that the
   * body declares, with 0 for what is left open: that of ONNX Runtime.
   */
  private String stacked(String list, long axis, ValueInfoProto declared) {
    TypeProto.Tensor type = declared.getType().getTensorType();
    List<Long> empty = new ArrayList<>();
    type.getShape().getDimList().forEach(dim -> empty.add(Math.max(0, dim.getDimValue())));
    long place = axis < 0 ? axis + empty.size() + 1 : axis;
    empty.add((int) Math.max(0, Math.min(place, empty.size())), 0L);
    int element = TorchTypes.of(ElementType.of(type.getElemType()));
    return code.call(
        "stacked",
        list,
        Literals.of(axis),
        Literals.of(empty.stream().mapToLong(Long::longValue).toArray()),
        Integer.toString(element < 0 ? Precision.FLOAT32.torchType() : element),
        "device");
  }

  private static void define(NodeProto node, Scope scope, List<Value> results) {
    for (int i = 0; i < node.getOutputCount() && i < results.size(); i++) {
      if (!node.getOutput(i).isEmpty()) {
        scope.define(node.getOutput(i), results.get(i));
      }
    }
  }
}
