package org.onnxghn.ghn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.onnxghn.GoldenGraph;
import org.onnxghn.SharedData;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.ghn.checkpoint.CheckpointImporter;
import org.onnxghn.graph.ComputationalGraph;

/** The reference's hypernetworks, networks and arrays. */
enum Goldens {
  TINY("tiny", "ghn3_tiny.train.pt", "plain_cnn resnet18 small_cnn"),
  SMALL(
      "small",
      "ghn3_small.train.pt",
      "convnext_tiny densenet121 efficientnet_b0 googlenet mobilenet_v3_small plain_cnn resnet18"
          + " resnet50 small_cnn squeezenet1_1 swin_t vgg11_bn vit_b_16"),
  T(
      "T",
      "ghn3_T.public.joblib.pt",
      "convnext_tiny densenet121 efficientnet_b0 googlenet mobilenet_v3_small plain_cnn resnet18"
          + " resnet50 small_cnn squeezenet1_1 swin_t vgg11_bn vit_b_16"),
  GHN2("ghn2small", "ghn2_small.train.pt", "plain_cnn resnet18 small_cnn squeezenet1_1 vit_b_16");

  private final String folder;
  private final String checkpoint;
  private final List<String> networks;

  Goldens(String folder, String checkpoint, String networks) {
    this.folder = folder;
    this.checkpoint = checkpoint;
    this.networks = List.of(networks.split(" "));
  }

  /** Names of the networks that it predicted for. */
  List<String> networks() {
    return networks;
  }

  /** The hypernetwork. */
  Ghn ghn(DataType type) {
    try (Checkpoint file =
        CheckpointImporter.read(SharedData.path("golden/checkpoints/" + checkpoint))) {
      return Ghn.of(
          type == DataType.FLOAT32 ? GhnParameters.view(file) : GhnParameters.copy(file, type));
    }
  }

  /** The network as the reference sees it. */
  ComputationalGraph graph(String network) {
    String classes = this == T ? ".nc1000" : ".nc10";
    return GoldenGraph.read(
        "golden/graphs/" + network + classes + ".json.gz", file(network, "json.gz"));
  }

  /** What was predicted, below {@code shared}: {@code json.gz}, {@code debug.npz} and so on. */
  String file(String network, String extension) {
    return "golden/" + folder + "/" + network + "." + extension;
  }

  /** The float64 arrays of an npz file. */
  static Map<String, NDArray> arrays(String relative, NDManager manager) {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    try (InputStream in = SharedData.open(relative)) {
      NDList.decode(manager, in).forEach(array -> arrays.put(array.getName(), array));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return arrays;
  }
}
