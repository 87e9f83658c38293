package org.onnxghn.ghn.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import org.onnxghn.ghn.GhnParameters;
import org.onnxghn.ghn.encoder.Layers;

/** Decodes the weight and the bias of rank 1 that belong to a node (GHN3.md 4.3, 1-D decoder). */
final class VectorDecoder {
  private final NDArray weight1;
  private final NDArray bias1;
  private final NDArray weight2;
  private final NDArray bias2;

  VectorDecoder(GhnParameters parameters) {
    weight1 = parameters.get("decoder_1d.fc.0.weight");
    bias1 = parameters.get("decoder_1d.fc.0.bias");
    weight2 = parameters.get("decoder_1d.fc.2.weight");
    bias2 = parameters.get("decoder_1d.fc.2.bias");
  }

  /** (n, h) gives (n, 2, C): the weight, then the bias. */
  NDArray decode(NDArray x) {
    NDArray both = Layers.linear(Activation.relu(Layers.linear(x, weight1, bias1)), weight2, bias2);
    return both.reshape(x.getShape().get(0), 2, both.getShape().get(1) / 2);
  }
}
