package org.onnxghn.graph.importer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.onnxghn.onnx.OnnxException;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.AttributeProto.AttributeType;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.TensorProto;

/** The attributes of one operator, with those of the calling function put in for references. */
final class Attributes {
  /** What is in a list takes far less time than an operator or an input does. */
  private static final long LISTED_PER_PART = 16;

  private final NodeProto node;
  private final Map<String, AttributeProto> arguments;

  /**
   * @param arguments attributes of the function call that the node stands in, empty outside
   *     functions
   */
  Attributes(NodeProto node, Map<String, AttributeProto> arguments) {
    this.node = node;
    this.arguments = arguments;
  }

  /** How many there are, and a share of what is in lists, which each operator looks at. */
  long parts() {
    long listed = 0;
    for (AttributeProto attribute : node.getAttributeList()) {
      AttributeProto value = dereferenced(attribute);
      if (value != null) {
        listed += value.getIntsCount() + value.getFloatsCount() + value.getStringsCount();
        listed += value.getS().size();
      }
    }
    return node.getAttributeCount() + listed / LISTED_PER_PART;
  }

  boolean has(String name) {
    return find(name) != null;
  }

  long integer(String name, long otherwise) {
    AttributeProto attribute = typed(name, AttributeType.INT);
    return attribute == null ? otherwise : attribute.getI();
  }

  String string(String name, String otherwise) {
    AttributeProto attribute = typed(name, AttributeType.STRING);
    return attribute == null ? otherwise : attribute.getS().toStringUtf8();
  }

  /** The list, or null when there is none. */
  long[] integers(String name) {
    AttributeProto attribute = typed(name, AttributeType.INTS);
    return attribute == null ? null : attribute.getIntsList().stream().mapToLong(i -> i).toArray();
  }

  /** The tensor, or null when there is none. */
  TensorProto tensor(String name) {
    AttributeProto attribute = typed(name, AttributeType.TENSOR);
    return attribute == null ? null : attribute.getT();
  }

  /**
   * Every subgraph, with the attribute's name and, in lists, its place: {@code then_branch}, {@code
   * bodies.1}.
   */
  List<Map.Entry<String, GraphProto>> graphs() {
    List<Map.Entry<String, GraphProto>> graphs = new ArrayList<>();
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.hasG()) {
        graphs.add(Map.entry(attribute.getName(), attribute.getG()));
      }
      for (int i = 0; i < attribute.getGraphsCount(); i++) {
        graphs.add(Map.entry(attribute.getName() + "." + i, attribute.getGraphs(i)));
      }
    }
    return graphs;
  }

  /**
   * The node's attributes by name, references resolved: what a function called by this node gets.
   */
  Map<String, AttributeProto> resolved(Map<String, AttributeProto> defaults) {
    Map<String, AttributeProto> result = new HashMap<>(defaults);
    for (AttributeProto attribute : node.getAttributeList()) {
      AttributeProto value = dereferenced(attribute);
      if (value != null) {
        result.put(attribute.getName(), value);
      }
    }
    return result;
  }

  private AttributeProto typed(String name, AttributeType type) {
    AttributeProto attribute = find(name);
    // Before IR version 2 the type field was not required.
    if (attribute != null
        && attribute.getType() != type
        && attribute.getType() != AttributeType.UNDEFINED) {
      throw new OnnxException(
          ImportCodes.ATTRIBUTE_TYPE,
          "attribute '"
              + name
              + "' of node '"
              + node.getName()
              + "' ("
              + node.getOpType()
              + ") is of type "
              + attribute.getType()
              + ", not "
              + type,
          "Export the model again; the file breaks the ONNX specification of this operator.");
    }
    return attribute;
  }

  private AttributeProto find(String name) {
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.getName().equals(name)) {
        return dereferenced(attribute);
      }
    }
    return null;
  }

  private AttributeProto dereferenced(AttributeProto attribute) {
    return attribute.hasRefAttrName() && !attribute.getRefAttrName().isEmpty()
        ? arguments.get(attribute.getRefAttrName())
        : attribute;
  }
}
