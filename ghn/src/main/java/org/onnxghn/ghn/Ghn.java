package org.onnxghn.ghn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.ghn.decoder.ClassToken;
import org.onnxghn.ghn.decoder.Decoder;
import org.onnxghn.ghn.decoder.DecoderTarget;
import org.onnxghn.ghn.decoder.GhnDecoder;
import org.onnxghn.ghn.decoder.Tiling;
import org.onnxghn.ghn.encoder.Encoder;
import org.onnxghn.ghn.encoder.GatedGnn;
import org.onnxghn.ghn.encoder.GraphBatch;
import org.onnxghn.ghn.encoder.Graphormer;
import org.onnxghn.ghn.encoder.Layers;
import org.onnxghn.ghn.encoder.MlpEncoder;
import org.onnxghn.ghn.encoder.NodeEmbedding;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.ParameterSlot;

/**
 * A graph hypernetwork: predicts all parameters of a network from its computational graph. An
 * {@link Encoder} gives each node its features, a {@link Decoder} makes parameters of them.
 *
 * <p>Threads may predict at the same time.
 */
public final class Ghn implements AutoCloseable {
  private final GhnConfig config;
  private final GhnParameters parameters;
  private final NodeEmbedding embedding;
  private final Encoder encoder;
  private final Decoder decoder;

  private Ghn(GhnParameters parameters) {
    this.config = parameters.config();
    this.parameters = parameters;
    embedding = new NodeEmbedding(config, parameters);
    encoder =
        switch (config.kind()) {
          case GHN3 -> new Graphormer(config, parameters);
          case GHN2 -> new GatedGnn(config, parameters);
          case MLP -> new MlpEncoder(parameters);
        };
    decoder = new GhnDecoder(config, parameters);
  }

  /**
   * Opens a safetensors checkpoint for prediction.
   *
   * @throws org.onnxghn.ghn.checkpoint.CheckpointException as {@link Checkpoint#read}
   */
  public static Ghn load(Path checkpoint) {
    try (Checkpoint file = Checkpoint.read(checkpoint)) {
      return of(file);
    }
  }

  /** For prediction, on the checkpoint's own memory, which stays valid when that is closed. */
  public static Ghn of(Checkpoint checkpoint) {
    return of(GhnParameters.view(checkpoint));
  }

  /** On these tensors, which are closed with the hypernetwork. */
  public static Ghn of(GhnParameters parameters) {
    return new Ghn(parameters);
  }

  /** The architecture. */
  public GhnConfig config() {
    return config;
  }

  /** The tensors: the leaves of autograd, for optimisers. */
  public GhnParameters parameters() {
    return parameters;
  }

  /** Number of scalars in all tensors. */
  public long parameterCount() {
    return config.parameterCount();
  }

  /** As {@link #predict(ComputationalGraph, long)} with seed 0. */
  public PredictedParameters predict(ComputationalGraph graph) {
    return predict(graph, 0);
  }

  /**
   * Predicts every slot of a graph, without gradients. Beside the result it needs the memory of a
   * part of the slots at a time.
   *
   * @param seed of the class token's row in position encodings, the only thing that is random
   * @throws GhnException OG-350 when the graph is too large, OG-351 for a slot whose shape cannot
   *     be decoded
   */
  public PredictedParameters predict(ComputationalGraph graph, long seed) {
    List<DecoderTarget> targets = DecoderTarget.of(graph, 0);
    Map<ParameterSlot, float[]> values = new LinkedHashMap<>();
    targets.forEach(target -> values.put(target.slot(), null));
    Set<ParameterSlot> tiled = new LinkedHashSet<>();
    boolean gradients = JniUtils.isGradMode();
    JniUtils.setGradMode(false);
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray features = features(GraphBatch.of(List.of(graph), config.virtualEdges()));
      for (List<DecoderTarget> part : DecodingParts.of(targets, config)) {
        predictPart(features, part, seed, values, tiled);
      }
    } finally {
      JniUtils.setGradMode(gradients);
    }
    return new PredictedParameters(values, tiled);
  }

  private void predictPart(
      NDArray features,
      List<DecoderTarget> targets,
      long seed,
      Map<ParameterSlot, float[]> values,
      Set<ParameterSlot> tiled) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      List<NDArray> decoded = decoder.decode(features, targets);
      for (int i = 0; i < targets.size(); i++) {
        DecoderTarget target = targets.get(i);
        ParameterSlot slot = target.slot();
        NDArray whole = ClassToken.prepend(decoded.get(i), target, seed, parameters.manager());
        long[] shape = whole.getShape().getShape();
        float[] elements = whole.toType(DataType.FLOAT32, false).toFloatArray();
        values.put(slot, Tiling.tile(elements, shape, slot.shape()));
        if (Tiling.isNeeded(shape, slot.shape())) {
          tiled.add(slot);
        }
      }
    }
  }

  /**
   * Predicts every slot of several graphs at once, with gradients to the tensors that require them.
   * All arrays, intermediate ones too, belong to the caller's {@link NDScope}, which must be open;
   * gradient mode is the calling thread's.
   *
   * @param seed as for {@link #predict(ComputationalGraph, long)}
   * @return for each graph its slots' parameters in the slots' shapes
   * @throws GhnException as {@link #predict(ComputationalGraph, long)}
   */
  public List<Map<ParameterSlot, NDArray>> forward(List<ComputationalGraph> graphs, long seed) {
    return decode(encode(graphs), seed);
  }

  /** The first half of {@link #forward}: features of all nodes, under the same conditions. */
  public Encoding encode(List<ComputationalGraph> graphs) {
    GraphBatch batch = GraphBatch.of(graphs, config.virtualEdges());
    return new Encoding(features(batch), batch);
  }

  /** The second half of {@link #forward}. */
  public List<Map<ParameterSlot, NDArray>> decode(Encoding encoding, long seed) {
    List<DecoderTarget> targets = new ArrayList<>();
    List<Map<ParameterSlot, NDArray>> results = new ArrayList<>();
    List<Map<ParameterSlot, NDArray>> resultOf = new ArrayList<>();
    for (GraphBatch.Member member : encoding.batch().members()) {
      Map<ParameterSlot, NDArray> result = new LinkedHashMap<>();
      results.add(result);
      for (DecoderTarget target : DecoderTarget.of(member.graph(), member.offset())) {
        targets.add(target);
        resultOf.add(result);
      }
    }
    List<NDArray> decoded = decoder.decode(encoding.features(), targets);
    for (int i = 0; i < decoded.size(); i++) {
      DecoderTarget target = targets.get(i);
      NDArray whole = ClassToken.prepend(decoded.get(i), target, seed, parameters.manager());
      resultOf.get(i).put(target.slot(), Tiling.tile(whole, target.slot().shape()));
    }
    return results;
  }

  /** Features of all nodes, (nodes, h), after the final LayerNorm; in the caller's scope. */
  NDArray features(GraphBatch batch) {
    NDArray x = encoder.encode(embedding.embed(batch), batch);
    return config.layerNorm()
        ? Layers.layerNorm(x, parameters.get("ln.weight"), parameters.get("ln.bias"))
        : x;
  }

  @Override
  public void close() {
    parameters.close();
  }
}
