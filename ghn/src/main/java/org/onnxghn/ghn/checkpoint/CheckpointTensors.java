package org.onnxghn.ghn.checkpoint;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.onnx.Shape;

/** Gives stored tensors their normal names and shapes, and checks that exactly those are there. */
final class CheckpointTensors {
  private static final Set<String> TOP_LEVEL_IN_RELEASE =
      Set.of(
          "centrality_embed_in.weight", "centrality_embed_out.weight", "input_dist_embed.weight");
  private static final Set<String> CONVOLUTIONS =
      Set.of("decoder.conv.0.weight", "decoder.conv.2.weight");

  private CheckpointTensors() {}

  /** Tensors under the names of {@link GhnConfig#tensors}, squeezed where GHN-2 needs it. */
  static Map<String, FileTensor> normalise(String file, Map<String, FileTensor> stored) {
    Map<String, FileTensor> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, FileTensor> entry : stored.entrySet()) {
      String name = entry.getKey();
      String normal = TOP_LEVEL_IN_RELEASE.contains(name) ? "gnn.0." + name : name;
      if (tensors.put(normal, squeeze(normal, entry.getValue())) != null) {
        throw unexpected(file, name, "is there twice, at top level and in 'gnn.0.'");
      }
    }
    return tensors;
  }

  /** GHN-2's released decoder has 1x1 convolutions (o, i, 1, 1) where this one has (o, i). */
  private static FileTensor squeeze(String name, FileTensor tensor) {
    Shape shape = tensor.shape();
    boolean pointwise =
        CONVOLUTIONS.contains(name) && shape.rank() == 4 && shape.dim(2) * shape.dim(3) == 1;
    if (!pointwise) {
      return tensor;
    }
    long[] s = tensor.strides();
    return new FileTensor(
        tensor.file(),
        tensor.offset(),
        tensor.type(),
        Shape.of(shape.dim(0), shape.dim(1)),
        s == null ? null : new long[] {s[0], s[1]});
  }

  static Map<String, Shape> shapes(Map<String, FileTensor> tensors) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    return shapes;
  }

  /** The tensors in the configuration's order. */
  static <T extends TensorSource> Map<String, TensorSource> require(
      String file, GhnConfig config, Map<String, T> tensors) {
    Map<String, Shape> expected = config.tensors();
    Map<String, TensorSource> complete = new LinkedHashMap<>();
    expected.forEach(
        (name, shape) -> {
          TensorSource tensor = tensors.get(name);
          if (tensor == null) {
            throw new CheckpointException(
                CheckpointException.TENSOR_MISSING,
                file + " has no tensor '" + name + "' (" + shape + ")",
                "the file is incomplete, or its configuration is not the one of its tensors");
          }
          if (!tensor.shape().equals(shape)) {
            throw new CheckpointException(
                CheckpointException.TENSOR_SHAPE,
                file + ": tensor '" + name + "' is " + tensor.shape() + " instead of " + shape,
                "the configuration is not the one of the tensors: correct it where it was written");
          }
          complete.put(name, tensor);
        });
    for (String name : tensors.keySet()) {
      if (!expected.containsKey(name)) {
        throw unexpected(file, name, "does not belong to this " + config.kind());
      }
    }
    return complete;
  }

  private static CheckpointException unexpected(String file, String name, String what) {
    return new CheckpointException(
        CheckpointException.TENSOR_UNEXPECTED,
        file + ": tensor '" + name + "' " + what,
        "remove it from the checkpoint, or correct the configuration");
  }
}
