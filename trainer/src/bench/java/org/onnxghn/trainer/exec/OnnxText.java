package org.onnxghn.trainer.exec;

import com.google.protobuf.TextFormat;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.ModelProto;

/** Writes an ONNX graph as protobuf text, node by node. */
final class OnnxText {
  private final StringBuilder graph = new StringBuilder("name: 'g' ");
  private int names;

  OnnxText input(String name, long... shape) {
    graph.append("input { name: '").append(name).append("' type { tensor_type { elem_type: 1");
    graph.append(" shape { ");
    for (long dim : shape) {
      graph.append("dim { dim_value: ").append(dim).append(" } ");
    }
    graph.append("} } } } ");
    return this;
  }

  String ints(long... values) {
    String name = "i" + names++;
    graph.append("initializer { name: '" + name + "' data_type: 7 dims: " + values.length + " ");
    for (long value : values) {
      graph.append("int64_data: ").append(value).append(' ');
    }
    graph.append("} ");
    return name;
  }

  String scalar(double value) {
    String name = "f" + names++;
    graph.append("initializer { name: '" + name + "' data_type: 1 float_data: " + value + " } ");
    return name;
  }

  /** Adds a node; the name of its output. */
  String node(String operator, String attributes, String... inputs) {
    String name = "n" + names++;
    graph.append("node { op_type: '" + operator + "' output: '" + name + "' " + attributes);
    for (String input : inputs) {
      graph.append(" input: '").append(input).append("'");
    }
    graph.append(" } ");
    return name;
  }

  static String ints(String name, long... values) {
    StringBuilder text = new StringBuilder("attribute { name: '" + name + "' type: INTS ");
    for (long value : values) {
      text.append("ints: ").append(value).append(' ');
    }
    return text + "} ";
  }

  static String integer(String name, long value) {
    return "attribute { name: '" + name + "' type: INT i: " + value + " } ";
  }

  OnnxModel model(String output) {
    ModelProto.Builder model = ModelProto.newBuilder();
    String text =
        "ir_version: 8 opset_import { version: 17 } graph { "
            + graph
            + "output { name: '"
            + output
            + "' type { tensor_type { elem_type: 1 } } } }";
    try {
      TextFormat.merge(text, model);
    } catch (TextFormat.ParseException e) {
      throw new IllegalStateException(e);
    }
    return OnnxModel.of(model.build());
  }
}
