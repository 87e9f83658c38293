package org.onnxghn.trainer.exec;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.TensorProto;

/** The attributes of a node by name; references to a function's attributes are resolved. */
final class NodeAttributes {
  private final Map<String, AttributeProto> byName = new HashMap<>();

  /**
   * @param arguments the attributes that the function was called with, which holds the node
   */
  NodeAttributes(NodeProto node, Map<String, AttributeProto> arguments) {
    for (AttributeProto attribute : node.getAttributeList()) {
      String reference = attribute.getRefAttrName();
      AttributeProto value = reference.isEmpty() ? attribute : arguments.get(reference);
      if (value != null) {
        byName.put(attribute.getName(), value);
      }
    }
  }

  Map<String, AttributeProto> all() {
    return byName;
  }

  boolean has(String name) {
    return byName.containsKey(name);
  }

  long integer(String name, long otherwise) {
    AttributeProto attribute = byName.get(name);
    return attribute == null ? otherwise : attribute.getI();
  }

  double floating(String name, double otherwise) {
    AttributeProto attribute = byName.get(name);
    // The decimal that the author wrote: 1e-5, not the float's 9.99999974e-6.
    return attribute == null ? otherwise : Double.parseDouble(Float.toString(attribute.getF()));
  }

  String string(String name, String otherwise) {
    AttributeProto attribute = byName.get(name);
    return attribute == null ? otherwise : attribute.getS().toStringUtf8();
  }

  /** The list, or null when there is none. */
  long[] integers(String name) {
    AttributeProto attribute = byName.get(name);
    return attribute == null
        ? null
        : attribute.getIntsList().stream().mapToLong(Long::longValue).toArray();
  }

  /** The list, or null when there is none. */
  double[] floats(String name) {
    AttributeProto attribute = byName.get(name);
    return attribute == null
        ? null
        : attribute.getFloatsList().stream()
            .mapToDouble(f -> Double.parseDouble(Float.toString(f)))
            .toArray();
  }

  /** The list; empty when there is none. */
  List<String> strings(String name) {
    AttributeProto attribute = byName.get(name);
    return attribute == null
        ? List.of()
        : attribute.getStringsList().stream().map(s -> s.toStringUtf8()).toList();
  }

  /** The tensor, or null when there is none. */
  TensorProto tensor(String name) {
    AttributeProto attribute = byName.get(name);
    return attribute == null ? null : attribute.getT();
  }

  /** The subgraph. */
  GraphProto graph(String name) {
    AttributeProto attribute = byName.get(name);
    if (attribute == null || !attribute.hasG()) {
      throw new Unsupported("it has no graph in attribute '" + name + "'");
    }
    return attribute.getG();
  }
}
