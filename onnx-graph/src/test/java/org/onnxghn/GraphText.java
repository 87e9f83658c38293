package org.onnxghn;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.AttributeProto.AttributeType;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.OperatorSetIdProto;
import org.onnxghn.onnx.proto.TensorProto;
import org.onnxghn.onnx.proto.TensorShapeProto;
import org.onnxghn.onnx.proto.TypeProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/**
 * Models written in ONNX's textual syntax, so that tests read like documents:
 *
 * <pre>
 * &lt;opset_import: ["" : 17]&gt;
 * net (float[N,3,8,8] x) => (float[N,4] y) &lt;float[4,3,3,3] w, int64[2] s = {0, -1}&gt; {
 *   c = Conv &lt;pads = [1,1,1,1]&gt; (x, w)
 *   p = If &lt;then_branch = t () => (float a) { … }, else_branch = …&gt; (cond)
 * }
 * </pre>
 *
 * An initializer without values gets some that are not all equal. Nodes are named as their first
 * output.
 */
public final class GraphText {
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s*(=>|[<>(){}\\[\\],:=?]|\"[^\"]*\"|-?[0-9][0-9.eE+-]*|[^\\s<>(){}\\[\\],:=\"?]+)");

  private final List<String> tokens = new ArrayList<>();
  private int at;

  private GraphText(String text) {
    Matcher matcher = TOKEN.matcher(text.strip());
    int end = 0;
    for (;
        end < text.strip().length() && matcher.find(end) && matcher.start() == end;
        end = matcher.end()) {
      tokens.add(matcher.group(1));
    }
    if (end != text.strip().length()) {
      throw new IllegalArgumentException("not understood from: " + text.strip().substring(end));
    }
  }

  /** The model, checked as a file would be. */
  public static OnnxModel model(String text) {
    return OnnxModel.of(proto(text));
  }

  /** The model as it would stand in a file. */
  public static ModelProto proto(String text) {
    GraphText parser = new GraphText(text);
    ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(8);
    parser.header(model);
    model.setGraph(parser.graph());
    if (parser.at != parser.tokens.size()) {
      throw parser.unexpected("the end");
    }
    return model.build();
  }

  private void header(ModelProto.Builder model) {
    if (!take("<")) {
      model.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(17));
      return;
    }
    expect("opset_import");
    expect(":");
    expect("[");
    do {
      String domain = unquoted(next());
      expect(":");
      model.addOpsetImport(
          OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(Long.parseLong(next())));
    } while (take(","));
    expect("]");
    expect(">");
  }

  private GraphProto graph() {
    GraphProto.Builder graph = GraphProto.newBuilder().setName(next());
    values().forEach(graph::addInput);
    expect("=>");
    values().forEach(graph::addOutput);
    if (take("<")) {
      do {
        initializer(graph);
      } while (take(","));
      expect(">");
    }
    expect("{");
    while (!take("}")) {
      graph.addNode(node());
    }
    return graph.build();
  }

  private List<ValueInfoProto> values() {
    List<ValueInfoProto> values = new ArrayList<>();
    expect("(");
    while (!take(")")) {
      TypeProto type = type();
      values.add(ValueInfoProto.newBuilder().setType(type).setName(next()).build());
      take(",");
    }
    return values;
  }

  private TypeProto type() {
    TypeProto.Tensor.Builder tensor =
        TypeProto.Tensor.newBuilder().setElemType(element(next()).number());
    if (take("[")) {
      TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
      while (!take("]")) {
        String dim = next();
        TensorShapeProto.Dimension.Builder dimension = shape.addDimBuilder();
        if (dim.matches("[0-9]+")) {
          dimension.setDimValue(Long.parseLong(dim));
        } else {
          dimension.setDimParam(dim);
        }
        take(",");
      }
      tensor.setShape(shape);
    }
    return TypeProto.newBuilder().setTensorType(tensor).build();
  }

  private void initializer(GraphProto.Builder graph) {
    TypeProto type = type();
    String name = unquoted(next());
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(type.getTensorType().getElemType());
    long elements = 1;
    for (TensorShapeProto.Dimension dim : type.getTensorType().getShape().getDimList()) {
      tensor.addDims(dim.getDimValue());
      elements *= dim.getDimValue();
    }
    List<String> given = new ArrayList<>();
    if (take("=")) {
      expect("{");
      while (!take("}")) {
        given.add(next());
        take(",");
      }
    }
    for (int i = 0; i < elements; i++) {
      String value = given.isEmpty() ? Double.toString(0.01 * (i % 7 + 1)) : given.get(i);
      add(tensor, value);
    }
    graph.addInitializer(tensor);
  }

  private static void add(TensorProto.Builder tensor, String value) {
    switch (ElementType.of(tensor.getDataType())) {
      case FLOAT -> tensor.addFloatData(Float.parseFloat(value));
      case DOUBLE -> tensor.addDoubleData(Double.parseDouble(value));
      case INT64 -> tensor.addInt64Data((long) Double.parseDouble(value));
      default -> tensor.addInt32Data((int) Double.parseDouble(value));
    }
  }

  private NodeProto node() {
    NodeProto.Builder node = NodeProto.newBuilder();
    do {
      node.addOutput(unquoted(next()));
    } while (take(","));
    node.setName(node.getOutput(0));
    expect("=");
    String op = next();
    int dot = op.lastIndexOf('.');
    node.setOpType(op.substring(dot + 1));
    if (dot > 0) {
      node.setDomain(op.substring(0, dot));
    }
    attributes(node);
    expect("(");
    while (!take(")")) {
      node.addInput(unquoted(next()));
      take(",");
    }
    attributes(node);
    return node.build();
  }

  private void attributes(NodeProto.Builder node) {
    if (take("<")) {
      do {
        String name = next();
        expect("=");
        node.addAttribute(attribute(name));
      } while (take(","));
      expect(">");
    }
  }

  private AttributeProto attribute(String name) {
    AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(name);
    if (take("[")) {
      List<String> list = new ArrayList<>();
      while (!take("]")) {
        list.add(next());
        take(",");
      }
      if (list.stream().allMatch(item -> item.matches("-?[0-9]+"))) {
        list.forEach(item -> attribute.addInts(Long.parseLong(item)));
        return attribute.setType(AttributeType.INTS).build();
      }
      list.forEach(item -> attribute.addFloats(Float.parseFloat(item)));
      return attribute.setType(AttributeType.FLOATS).build();
    }
    if (at + 1 < tokens.size() && tokens.get(at + 1).equals("(")) {
      return attribute.setG(graph()).setType(AttributeType.GRAPH).build();
    }
    String value = next();
    if (value.startsWith("\"")) {
      return attribute
          .setS(ByteString.copyFromUtf8(unquoted(value)))
          .setType(AttributeType.STRING)
          .build();
    }
    return value.matches("-?[0-9]+")
        ? attribute.setI(Long.parseLong(value)).setType(AttributeType.INT).build()
        : attribute.setF(Float.parseFloat(value)).setType(AttributeType.FLOAT).build();
  }

  private static ElementType element(String name) {
    for (ElementType type : ElementType.values()) {
      if (type.name().equalsIgnoreCase(name) || type.label().equals(name)) {
        return type;
      }
    }
    throw new IllegalArgumentException("no element type " + name);
  }

  private String next() {
    if (at == tokens.size()) {
      throw unexpected("more");
    }
    return tokens.get(at++);
  }

  private boolean take(String token) {
    boolean found = at < tokens.size() && tokens.get(at).equals(token);
    at += found ? 1 : 0;
    return found;
  }

  private void expect(String token) {
    if (!take(token)) {
      throw unexpected(token);
    }
  }

  private IllegalArgumentException unexpected(String wanted) {
    return new IllegalArgumentException(
        "expected "
            + wanted
            + " after: "
            + String.join(" ", tokens.subList(Math.max(0, at - 8), at)));
  }

  private static String unquoted(String token) {
    return token.startsWith("\"") ? token.substring(1, token.length() - 1) : token;
  }
}
