package org.onnxghn.trainer.exec;

import java.util.List;
import java.util.Optional;
import org.onnxghn.onnx.Shape;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.TensorProto;

/**
 * A node while its text is written: operands as names in the text, attributes as literals, and
 * where the results go.
 *
 * <p>Operands and results are strings of TorchScript: a tensor is a name, host integers are an
 * expression of type {@code List[int]}.
 */
public final class NodeCode {
  private final NodeProto node;
  private final NodeAttributes attributes;
  private final Scope scope;
  private final Code code;
  private final long opset;
  private final int type;

  NodeCode(NodeProto node, NodeAttributes attributes, Scope scope, Code code, long opset) {
    this.node = node;
    this.attributes = attributes;
    this.scope = scope;
    this.code = code;
    this.opset = opset;
    this.type = code.autocast().typeFor(node);
  }

  /** The operator's name. */
  public String operator() {
    return node.getOpType();
  }

  /** The version of the operator's domain that the model imports. */
  public long opset() {
    return opset;
  }

  /** Whether BatchNormalization uses the batch's statistics. */
  public boolean usesBatchStatistics() {
    return code.mode() != Program.Mode.INFERENCE;
  }

  /** Whether running statistics are updated. */
  public boolean updatesStatistics() {
    return code.mode() == Program.Mode.TRAINING;
  }

  /** Whether values are dropped. */
  public boolean drops() {
    return updatesStatistics() || code.mode() == Program.Mode.TRAINING_PREDICTED;
  }

  /** How many inputs are given, absent ones in between included. */
  public int inputs() {
    return node.getInputCount();
  }

  /** How many outputs are named, absent ones in between included. */
  public int outputs() {
    return node.getOutputCount();
  }

  /** Whether the input is given. */
  public boolean has(int input) {
    return input < node.getInputCount() && scope.has(node.getInput(input));
  }

  /** Whether the output is used. */
  public boolean wants(int output) {
    return output < node.getOutputCount() && !node.getOutput(output).isEmpty();
  }

  /** Refuses an output that the executor does not compute. */
  public void refuse(int output, String what) {
    if (wants(output)) {
      throw new Unsupported("output '" + what + "' is not computed");
    }
  }

  Value value(int input) {
    if (!has(input)) {
      throw new Unsupported("input " + input + " is missing");
    }
    Value value = scope.find(node.getInput(input));
    if (value == null) {
      throw new Unsupported("its input '" + node.getInput(input) + "' is not defined");
    }
    return value;
  }

  /** An input as a tensor. */
  public String in(int input) {
    return cast(code.tensor(value(input)));
  }

  /** A tensor in the type that mixed precision wants for this node. */
  String cast(String tensor) {
    return code.cast(tensor, type);
  }

  /** An input as a tensor, or {@code None} when it is not given. */
  public String optional(int input) {
    return has(input) ? in(input) : "None";
  }

  /** An input as host integers: an expression of type {@code List[int]}. */
  public String list(int input) {
    Optional<Value.Ints> ints = ints(input);
    return ints.isPresent() ? ints.get().expression() : code.call("to_list", in(input));
  }

  /** An input as one host integer. */
  public String integer(int input) {
    return "(" + list(input) + ")[0]";
  }

  /** The values of an integer input if they are known now, or null. */
  public long[] known(int input) {
    return ints(input).map(Value.Ints::folded).orElse(null);
  }

  /** Whether an input is one integer, in a tensor of rank 0, that is known now. */
  public boolean isKnownScalar(int input) {
    return ints(input).filter(Value.Ints::scalar).map(Value.Ints::folded).isPresent();
  }

  /** The input if it is on the host: a shape, or a small stored tensor of integers. */
  Optional<Value.Ints> ints(int input) {
    return KnownValues.ints(value(input));
  }

  /** The shape of an input that the file holds, or of an input of the graph; else null. */
  public Shape shape(int input) {
    return value(input) instanceof Value.Stored stored ? stored.tensor().shape() : null;
  }

  /** The one value of a stored floating-point scalar, or null when the input is something else. */
  public Double scalar(int input) {
    return KnownValues.scalar(value(input));
  }

  /** The values of a small stored floating-point tensor, or null. */
  public float[] floats(int input) {
    return KnownValues.floats(value(input));
  }

  /** An input as a sequence of tensors. */
  public String sequence(int input) {
    if (value(input) instanceof Value.Sequence sequence) {
      return sequence.id();
    }
    throw new Unsupported("input " + input + " is not a sequence");
  }

  /** Whether the node has the attribute. */
  public boolean hasAttribute(String name) {
    return attributes.has(name);
  }

  /** An integer attribute. */
  public long attribute(String name, long otherwise) {
    return attributes.integer(name, otherwise);
  }

  /** A floating-point attribute, as the decimal that float32 prints as. */
  public double attribute(String name, double otherwise) {
    return attributes.floating(name, otherwise);
  }

  /** A string attribute; never put it into the text. */
  public String attribute(String name, String otherwise) {
    return attributes.string(name, otherwise);
  }

  /** A list of integers, or null. */
  public long[] integers(String name) {
    return attributes.integers(name);
  }

  /** A list of numbers, or null. */
  public double[] floats(String name) {
    return attributes.floats(name);
  }

  /** A list of strings; never put them into the text. */
  public List<String> strings(String name) {
    return attributes.strings(name);
  }

  /** A tensor attribute, or null. */
  public TensorProto tensorAttribute(String name) {
    return attributes.tensor(name);
  }

  /**
   * What newer versions take as an input and older ones as an attribute, as an expression of type
   * {@code List[int]}; null when neither is there.
   */
  public String list(String attribute, int input) {
    long[] values = attributes.integers(attribute);
    if (values != null) {
      return Literals.of(values);
    }
    return has(input) ? list(input) : null;
  }

  /** As {@link #list(String, int)}, the values if known now; null when unknown or not there. */
  public long[] known(String attribute, int input) {
    long[] values = attributes.integers(attribute);
    return values == null && has(input) ? known(input) : values;
  }

  /** Adds a line that names an expression; the new name. */
  public String name(String expression) {
    return code.name(expression);
  }

  /** A call of a library function. */
  public String call(String function, Object... operands) {
    String[] text = new String[operands.length];
    for (int i = 0; i < text.length; i++) {
      text[i] = Literals.of(operands[i]);
    }
    return code.call(function, text);
  }

  /** The run's random generator. */
  public String generator() {
    return code.generator();
  }

  /**
   * The result of output 0: an expression of type Tensor.
   *
   * @param format as for {@code String.format} when there are operands
   */
  public void out(String format, String... operands) {
    out(0, operands.length == 0 ? format : format.formatted((Object[]) operands));
  }

  /** Output 0 by an expression of its inputs alone, computed once for all that have the same. */
  public void outShared(String expression) {
    outValue(0, new Value.Tensor(code.shared(expression)));
  }

  /** The result of an output; nothing is written when nobody uses it. */
  public void out(int output, String expression) {
    if (wants(output)) {
      scope.define(node.getOutput(output), new Value.Tensor(code.name(expression)));
    }
  }

  /** The result of an output, a sequence. */
  public void outSequence(String expression) {
    if (wants(0)) {
      scope.define(node.getOutput(0), new Value.Sequence(code.name(expression)));
    }
  }

  /** Output 0 is input 0, whatever it is. */
  public void pass() {
    outValue(0, value(0));
  }

  /** Output 0 is host integers. */
  public void outInts(String expression, boolean scalar) {
    outValue(0, new Value.Ints(code.name(expression), null, scalar, TorchTypes.INT64));
  }

  void outValue(int output, Value value) {
    if (wants(output)) {
      scope.define(node.getOutput(output), value);
    }
  }

  /** Whether training is to leave this running statistic as it is. */
  public boolean isFrozen(int input) {
    return value(input) instanceof Value.Stored stored && code.isFrozen(stored.tensor());
  }

  /** The name of a running statistic's next value, which training programs report. */
  public void statistic(int input, String name) {
    if (value(input) instanceof Value.Stored stored && !code.nested()) {
      code.statistic(stored.tensor(), name);
    }
  }

  /** A running statistic as the nodes before left it. */
  public String runningStatistic(int input) {
    return value(input) instanceof Value.Stored stored
        ? code.statistic(stored.tensor())
        : in(input);
  }
}
