package org.onnxghn.ghn.checkpoint;

import java.util.List;
import java.util.Map;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.Shape;

/**
 * All that {@code checkpoint info} prints.
 *
 * @param name see {@link Checkpoint#name}
 * @param sha256 see {@link Checkpoint#sha256}
 * @param weightsSha256 see {@link Checkpoint#weightsSha256}
 * @param config the architecture
 * @param parameters number of elements of all tensors
 * @param tensors in the order of the configuration
 * @param provenance see {@link Checkpoint#provenance}
 */
public record CheckpointInfo(
    String name,
    String sha256,
    String weightsSha256,
    GhnConfig config,
    long parameters,
    List<Tensor> tensors,
    Map<String, String> provenance) {

  /** One tensor: its name, shape, and element type as stored. */
  public record Tensor(String name, Shape shape, ElementType type) {}

  /** Reads all weights once or twice, for the hashes. */
  public static CheckpointInfo of(Checkpoint checkpoint) {
    return new CheckpointInfo(
        checkpoint.name(),
        checkpoint.sha256(),
        checkpoint.weightsSha256(),
        checkpoint.config(),
        checkpoint.parameterCount(),
        checkpoint.tensorNames().stream()
            .map(name -> new Tensor(name, checkpoint.shape(name), checkpoint.type(name)))
            .toList(),
        checkpoint.provenance());
  }
}
