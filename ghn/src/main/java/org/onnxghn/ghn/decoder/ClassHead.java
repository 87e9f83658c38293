package org.onnxghn.ghn.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.nn.Activation;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.GhnParameters;
import org.onnxghn.ghn.encoder.Layers;

/** Turns C decoded outputs into classes (GHN3.md 4.3, f and class bias). */
final class ClassHead {
  private final int numClasses;
  private final NDArray weight;
  private final NDArray bias;

  /**
   * @param name of the linear layer in the checkpoint
   */
  ClassHead(String name, GhnConfig config, GhnParameters parameters) {
    numClasses = config.numClasses();
    weight = parameters.get(name + ".weight");
    bias = parameters.get(name + ".bias");
  }

  /**
   * @param decoded (n, C)
   * @param classes of the target network
   * @return (n, min(classes, K))
   */
  NDArray classes(NDArray decoded, long classes) {
    NDIndex used = NDIndex.sliceAxis(0, 0, Math.min(classes, numClasses));
    return Layers.linear(Activation.relu(decoded), weight.get(used), bias.get(used));
  }
}
