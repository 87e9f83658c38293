package org.onnxghn.graph.importer;

import java.util.HashMap;
import java.util.Map;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.FunctionProto;

/** A function of the model, with what each call of it needs. */
final class LocalFunction {
  final FunctionProto proto;
  final Map<String, Long> opsets;

  /** What attributes are that a call leaves out. */
  final Map<String, AttributeProto> defaults = new HashMap<>();

  LocalFunction(FunctionProto proto, Map<String, Long> opsets) {
    this.proto = proto;
    this.opsets = opsets;
    proto
        .getAttributeProtoList()
        .forEach(attribute -> defaults.put(attribute.getName(), attribute));
  }
}
