package org.onnxghn.ghn.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import org.onnxghn.ghn.GhnParameters;

/**
 * The ablation without edges: each node for itself through two layers (GHN3.md 4.5), after the
 * embeddings of its degrees and its distance from the input.
 */
public final class MlpEncoder implements Encoder {
  private final CentralityEmbedding centrality;
  private final Mlp mlp;

  /** Takes the tensors {@code gnn.*}. */
  public MlpEncoder(GhnParameters parameters) {
    centrality = new CentralityEmbedding(parameters);
    mlp = new Mlp("gnn.fc", parameters);
  }

  @Override
  public NDArray encode(NDArray x, GraphBatch batch) {
    return mlp.forward(centrality.add(x, batch));
  }

  /** Two linear layers, each followed by ReLU. */
  static final class Mlp {
    private final NDArray weight1;
    private final NDArray bias1;
    private final NDArray weight2;
    private final NDArray bias2;

    /**
     * @param name of the layers without their numbers, 0 and 2
     */
    Mlp(String name, GhnParameters parameters) {
      weight1 = parameters.get(name + ".0.weight");
      bias1 = parameters.get(name + ".0.bias");
      weight2 = parameters.get(name + ".2.weight");
      bias2 = parameters.get(name + ".2.bias");
    }

    /** (n, h) gives (n, h). */
    NDArray forward(NDArray x) {
      NDArray inner = Activation.relu(Layers.linear(x, weight1, bias1));
      return Activation.relu(Layers.linear(inner, weight2, bias2));
    }
  }
}
