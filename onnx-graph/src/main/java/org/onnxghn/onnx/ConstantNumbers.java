package org.onnxghn.onnx;

import org.onnxghn.onnx.proto.AttributeProto;

/** Numbers that a Constant node holds without a tensor (since opset 12). */
record ConstantNumbers(ElementType type, Shape shape) {
  /** What the attribute holds; null when it is another one. */
  static ConstantNumbers of(AttributeProto attribute) {
    return switch (attribute.getName()) {
      case "value_float" -> new ConstantNumbers(ElementType.FLOAT, Shape.of());
      case "value_int" -> new ConstantNumbers(ElementType.INT64, Shape.of());
      case "value_floats" ->
          new ConstantNumbers(ElementType.FLOAT, Shape.of(attribute.getFloatsCount()));
      case "value_ints" ->
          new ConstantNumbers(ElementType.INT64, Shape.of(attribute.getIntsCount()));
      default -> null;
    };
  }
}
