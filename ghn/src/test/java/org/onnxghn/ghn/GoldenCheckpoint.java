package org.onnxghn.ghn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.onnxghn.GoldenGraph;
import org.onnxghn.SharedData;

/** The golden hypernetworks, from their npz files. */
final class GoldenCheckpoint {
  private GoldenCheckpoint() {}

  /**
   * @param name {@code ghn3_tiny}, {@code ghn3_small} or {@code ghn2_small}
   * @param prediction any golden prediction made with it, for the config
   */
  static Ghn read(String name, String prediction, DataType type) {
    NDManager manager = NDManager.newBaseManager();
    Map<String, NDArray> tensors = arrays("golden/checkpoints/" + name + ".npz", manager, type);
    return Ghn.of(config(prediction), new GhnParameters(manager, tensors, type));
  }

  /** The arrays of an npz file. */
  static Map<String, NDArray> arrays(String relative, NDManager manager, DataType type) {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    try (InputStream in = SharedData.open(relative)) {
      for (NDArray array : NDList.decode(manager, in)) {
        arrays.put(array.getName(), array.toType(type, true));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return arrays;
  }

  private static GhnConfig config(String prediction) {
    JsonNode json = GoldenGraph.json(prediction).get("ghn_config");
    return new GhnConfig(
        json.get("is_ghn2").asBoolean() ? GhnConfig.Kind.GHN2 : GhnConfig.Kind.GHN3,
        json.get("hid").asInt(),
        json.path("layers").asInt(1),
        json.path("heads").asInt(1),
        json.get("max_shape").get(0).asInt(),
        json.get("max_shape").get(2).asInt(),
        json.get("num_classes").asInt(),
        json.get("weight_norm").asBoolean(),
        json.get("ve").asBoolean(),
        json.get("layernorm").asBoolean());
  }
}
