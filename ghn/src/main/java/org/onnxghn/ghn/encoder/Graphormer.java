package org.onnxghn.ghn.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.pytorch.jni.JniUtils;
import java.util.List;
import java.util.stream.IntStream;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.GhnConfig.Ablation;
import org.onnxghn.ghn.GhnParameters;

/** GHN-3's encoder: a Transformer over the nodes of a graph (GHN3.md 4.2, points 3 to 5). */
public final class Graphormer implements Encoder {
  private final CentralityEmbedding centrality;
  private final EdgeBias edgeBias;
  private final List<GraphormerLayer> layers;

  /** Takes the tensors {@code gnn.*}. */
  public Graphormer(GhnConfig config, GhnParameters parameters) {
    centrality = new CentralityEmbedding(parameters);
    edgeBias = config.without().contains(Ablation.EDGES) ? null : new EdgeBias(parameters);
    layers =
        IntStream.range(0, config.layers())
            .mapToObj(layer -> new GraphormerLayer(layer, config.heads(), parameters))
            .toList();
  }

  @Override
  public NDArray encode(NDArray x, GraphBatch batch) {
    List<NDArray> biases = biases(batch);
    NDArray features = centrality.add(x, batch);
    for (GraphormerLayer layer : layers) {
      features =
          JniUtils.isGradMode()
              ? layer.forward(features, batch, biases)
              : withoutRest(layer, features, batch, biases);
    }
    return features;
  }

  /** Only gradients need again what a layer computes on its way, (heads, n, n) several times. */
  private static NDArray withoutRest(
      GraphormerLayer layer, NDArray x, GraphBatch batch, List<NDArray> biases) {
    NDArray features;
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      features = layer.forward(x, batch, biases);
      NDScope.unregister(features);
    }
    NDScope.register(features);
    return features;
  }

  /** For each graph (heads, n, n); all layers use the same. Null without edges. */
  List<NDArray> biases(GraphBatch batch) {
    if (edgeBias == null) {
      return null;
    }
    NDArray table = edgeBias.table();
    return batch.members().stream().map(member -> EdgeBias.between(table, member.paths())).toList();
  }
}
