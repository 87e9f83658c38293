package org.onnxghn.ghn.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Activation;
import org.onnxghn.ghn.GhnParameters;

/** A gated recurrent unit with the gate rows reset, update, new (GHN3.md 4.5). */
final class GruCell {
  private final NDArray inputWeight;
  private final NDArray inputBias;
  private final NDArray stateWeight;
  private final NDArray stateBias;

  GruCell(String name, GhnParameters parameters) {
    inputWeight = parameters.get(name + ".weight_ih");
    inputBias = parameters.get(name + ".bias_ih");
    stateWeight = parameters.get(name + ".weight_hh");
    stateBias = parameters.get(name + ".bias_hh");
  }

  /** Message and state (n, h) give the new state (n, h). */
  NDArray forward(NDArray message, NDArray state) {
    NDList ofMessage = Layers.linear(message, inputWeight, inputBias).split(3, 1);
    NDList ofState = Layers.linear(state, stateWeight, stateBias).split(3, 1);
    NDArray reset = Activation.sigmoid(ofMessage.get(0).add(ofState.get(0)));
    NDArray update = Activation.sigmoid(ofMessage.get(1).add(ofState.get(1)));
    NDArray candidate = ofMessage.get(2).add(reset.mul(ofState.get(2))).tanh();
    return candidate.add(update.mul(state.sub(candidate)));
  }
}
