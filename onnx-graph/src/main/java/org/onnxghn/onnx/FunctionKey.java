package org.onnxghn.onnx;

import org.onnxghn.onnx.proto.FunctionProto;
import org.onnxghn.onnx.proto.NodeProto;

/** What a node and the function of the model that it calls have in common. */
public record FunctionKey(String domain, String name, String overload) {
  /** What calls of the function have. */
  public static FunctionKey of(FunctionProto function) {
    return new FunctionKey(
        canonical(function.getDomain()), function.getName(), function.getOverload());
  }

  /** What the function has that the node calls, if it calls one. */
  public static FunctionKey of(NodeProto node) {
    return new FunctionKey(canonical(node.getDomain()), node.getOpType(), node.getOverload());
  }

  private static String canonical(String domain) {
    return domain.equals("ai.onnx") ? "" : domain;
  }
}
