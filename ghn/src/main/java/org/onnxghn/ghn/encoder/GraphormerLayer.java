package org.onnxghn.ghn.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.nn.Activation;
import java.util.List;
import org.onnxghn.ghn.GhnParameters;

/**
 * A Transformer layer with LayerNorm before attention and feed-forward, and biased attention
 * (GHN3.md 4.2, point 5).
 */
final class GraphormerLayer {
  private final int heads;
  private final NDArray norm1Weight;
  private final NDArray norm1Bias;
  private final NDArray queryKeyValue;
  private final NDArray outWeight;
  private final NDArray outBias;
  private final NDArray norm2Weight;
  private final NDArray norm2Bias;
  private final NDArray expandWeight;
  private final NDArray expandBias;
  private final NDArray contractWeight;
  private final NDArray contractBias;

  GraphormerLayer(int layer, int heads, GhnParameters parameters) {
    this.heads = heads;
    String prefix = "gnn." + layer + ".";
    norm1Weight = parameters.get(prefix + "ln1.weight");
    norm1Bias = parameters.get(prefix + "ln1.bias");
    queryKeyValue = parameters.get(prefix + "attn.to_qkv.weight");
    outWeight = parameters.get(prefix + "attn.to_out.0.weight");
    outBias = parameters.get(prefix + "attn.to_out.0.bias");
    norm2Weight = parameters.get(prefix + "ln2.weight");
    norm2Bias = parameters.get(prefix + "ln2.bias");
    expandWeight = parameters.get(prefix + "ff.net.0.weight");
    expandBias = parameters.get(prefix + "ff.net.0.bias");
    contractWeight = parameters.get(prefix + "ff.net.3.weight");
    contractBias = parameters.get(prefix + "ff.net.3.bias");
  }

  /**
   * @param x node features, (nodes, h)
   * @param biases for each graph of the batch (heads, n, n), or null for none
   * @return node features, (nodes, h)
   */
  NDArray forward(NDArray x, GraphBatch batch, List<NDArray> biases) {
    NDArray projected =
        Layers.linear(Layers.layerNorm(x, norm1Weight, norm1Bias), queryKeyValue, null);
    NDList attended = new NDList();
    for (int graph = 0; graph < batch.members().size(); graph++) {
      GraphBatch.Member member = batch.members().get(graph);
      NDArray rows =
          projected.get(
              new NDIndex().addSliceDim(member.offset(), member.offset() + member.paths().size()));
      attended.add(attend(rows, biases == null ? null : biases.get(graph)));
    }
    NDArray all = attended.size() == 1 ? attended.get(0) : NDArrays.concat(attended, 0);
    NDArray y = x.add(Layers.linear(all, outWeight, outBias));
    NDArray inner =
        Layers.linear(Layers.layerNorm(y, norm2Weight, norm2Bias), expandWeight, expandBias);
    return y.add(Layers.linear(Activation.gelu(inner), contractWeight, contractBias));
  }

  /** Within one graph: (n, 3h) and (heads, n, n) give (n, h). */
  private NDArray attend(NDArray rows, NDArray bias) {
    long n = rows.getShape().get(0);
    long width = rows.getShape().get(1) / 3 / heads;
    NDArray split = rows.reshape(n, 3, heads, width).transpose(1, 2, 0, 3);
    NDArray query = Layers.scaled(split.get(0), 1 / Math.sqrt(width));
    NDArray products = query.matMul(split.get(1).transpose(0, 2, 1));
    NDArray logits = bias == null ? products : products.addi(bias);
    return logits.softmax(2).matMul(split.get(2)).transpose(1, 0, 2).reshape(n, heads * width);
  }
}
