package org.onnxghn.trainer.exec;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import java.util.Map;
import org.onnxghn.onnx.OnnxModel;

/** 500 small operations in a chain: what calling costs. */
final class SmallOps {
  private SmallOps() {}

  static OnnxModel onnx() {
    OnnxText text = new OnnxText().input("input", 8, 16).input("a", 16).input("b", 16);
    String x = "input";
    for (int i = 0; i < 125; i++) {
      x = text.node("Mul", "", x, "a");
      x = text.node("Add", "", x, "b");
      x = text.node("Tanh", "", x);
      x = text.node("Relu", "", x);
    }
    return text.model(x);
  }

  static NDArray opByOp(NDArray input, Map<String, NDArray> p) {
    NDArray x = input;
    for (int i = 0; i < 125; i++) {
      x = Activation.relu(Activation.tanh(x.mul(p.get("a")).add(p.get("b"))));
    }
    return x;
  }
}
