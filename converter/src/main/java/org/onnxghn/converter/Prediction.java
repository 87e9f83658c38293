package org.onnxghn.converter;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.onnxghn.converter.report.ConversionReport.CheckpointSummary;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.PredictedParameters;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.ghn.checkpoint.CheckpointSource;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.ParameterSlot;

/**
 * What the hypernetwork has to say about a graph.
 *
 * @param checkpoint the hypernetwork, or null when there is none
 * @param parameters its predictions; none when there is no hypernetwork
 * @param loadSeconds time to open the checkpoint, wall clock
 */
public record Prediction(
    CheckpointSummary checkpoint, PredictedParameters parameters, double loadSeconds) {
  /** Of a plain re-initialisation. */
  public static final Prediction NONE =
      new Prediction(null, new PredictedParameters(Map.of(), Set.of()), 0);

  /**
   * Opens the checkpoint, predicts all slots of the graph, closes it.
   *
   * @param checkpoint the hypernetwork, or null for {@link #NONE}
   * @param seed of the class token's row in position encodings
   * @throws org.onnxghn.onnx.OnnxGhnException when the checkpoint is refused or the graph too large
   */
  public static Prediction predict(
      ComputationalGraph graph, CheckpointSource checkpoint, long seed) {
    if (checkpoint == null) {
      return NONE;
    }
    Stopwatch watch = new Stopwatch();
    try (Checkpoint file = checkpoint.open();
        Ghn ghn = Ghn.of(file)) {
      CheckpointSummary summary = summary(file);
      double loadSeconds = watch.lap();
      return new Prediction(summary, ghn.predict(graph, seed), loadSeconds);
    }
  }

  /** Slots that there are values for. */
  public Set<ParameterSlot> slots() {
    return parameters.values().keySet();
  }

  /** Number of classes that the hypernetwork was trained with. */
  public OptionalInt numClasses() {
    return checkpoint == null ? OptionalInt.empty() : OptionalInt.of(checkpoint.numClasses());
  }

  /** What reports say of a checkpoint. */
  public static CheckpointSummary summary(Checkpoint checkpoint) {
    GhnConfig config = checkpoint.config();
    return new CheckpointSummary(
        checkpoint.name(),
        checkpoint.sha256(),
        config.kind().name().toLowerCase(Locale.ROOT),
        config.hidden(),
        config.layers(),
        config.heads(),
        List.of(
            config.maxChannels(), config.maxChannels(), config.maxSpatial(), config.maxSpatial()),
        config.numClasses(),
        checkpoint.parameterCount());
  }
}
