package org.onnxghn.ghn.checkpoint;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.GhnConfig.Kind;
import org.onnxghn.ghn.checkpoint.InitialTensor.Distribution;
import org.onnxghn.onnx.Shape;

/** The random initialisation for training from scratch (GHN3.md 8). */
final class Initialisation {
  private static final Set<String> SMALL =
      Set.of("decoder_1d.fc.2", "decoder.conv.2", "decoder.class_layer_predictor.1");
  private static final double SMALLER_BY = 5;
  private static final double EMBEDDING_CUT = 2;

  private final GhnConfig config;
  private final long seed;
  private final Map<String, Shape> shapes;

  private Initialisation(GhnConfig config, long seed) {
    this.config = config;
    this.seed = seed;
    this.shapes = config.tensors();
  }

  static Map<String, TensorSource> tensors(GhnConfig config, long seed) {
    Initialisation initialisation = new Initialisation(config, seed);
    Map<String, TensorSource> tensors = new LinkedHashMap<>();
    for (String name : initialisation.shapes.keySet()) {
      tensors.put(name, initialisation.tensor(name));
    }
    return tensors;
  }

  private TensorSource tensor(String name) {
    int dot = name.lastIndexOf('.');
    String layer = name.substring(0, dot);
    boolean weight = name.endsWith(".weight");
    if (layer.matches("(.*\\.)?ln[12]?")) {
      return constant(name, weight ? 1 : 0);
    }
    if (layer.contains("embed")) {
      return embedding(name);
    }
    if (layer.endsWith(".gru")) {
      return uniform(name, 1 / Math.sqrt(config.hidden()));
    }
    boolean small = config.kind() != Kind.GHN2 && SMALL.contains(layer);
    if (small && !weight) {
      return constant(name, 0);
    }
    double bound = 1 / Math.sqrt(shapes.get(layer + ".weight").dim(1));
    return uniform(name, small ? bound / SMALLER_BY : bound);
  }

  /** GHN-2 keeps PyTorch's N(0, 1). The edge table's sinusoid does not survive in the reference. */
  private TensorSource embedding(String name) {
    boolean standard = config.kind() == Kind.GHN2;
    double deviation = standard ? 1 : 1 / Math.sqrt(shapes.get(name).dim(1));
    double cut = standard ? Double.POSITIVE_INFINITY : EMBEDDING_CUT;
    return initial(name, Distribution.NORMAL, deviation, cut);
  }

  private TensorSource uniform(String name, double bound) {
    return initial(name, Distribution.UNIFORM, bound, bound);
  }

  private TensorSource constant(String name, double value) {
    return initial(name, Distribution.CONSTANT, value, value);
  }

  private TensorSource initial(String name, Distribution distribution, double scale, double cut) {
    return new InitialTensor(shapes.get(name), distribution, seedOf(name), scale, cut);
  }

  /** Every tensor has its own stream, so that values do not depend on the order of tensors. */
  private long seedOf(String name) {
    long hash = InitialTensor.mix(seed);
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = InitialTensor.mix(hash ^ b & 0xff);
    }
    return hash;
  }
}
