package org.onnxghn.ghn.checkpoint;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntSupplier;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.GhnConfig.Ablation;
import org.onnxghn.ghn.GhnConfig.Kind;
import org.onnxghn.ghn.GhnConfigException;
import org.onnxghn.onnx.Shape;

/**
 * The configuration of a checkpoint: what is declared (with the reference's names: {@code
 * max_shape}, {@code hid} …), and for the rest what GHN3.md 7 infers from the tensors' shapes.
 */
final class ConfigReader {
  private final String file;
  private final Map<?, ?> declared;
  private final Map<String, Shape> shapes;

  private ConfigReader(String file, Map<?, ?> declared, Map<String, Shape> shapes) {
    this.file = file;
    this.declared = declared;
    this.shapes = shapes;
  }

  /**
   * @param file for messages
   * @param declared may be empty, or leave things out
   * @param shapes by normalised tensor name
   */
  static GhnConfig read(String file, Map<?, ?> declared, Map<String, Shape> shapes) {
    return new ConfigReader(file, declared, shapes).read();
  }

  /** The declaration that {@link #read} understands, in the order in which it is written. */
  static Map<String, Object> declare(GhnConfig config) {
    Map<String, Object> map = new LinkedHashMap<>();
    int c = config.maxChannels();
    int s = config.maxSpatial();
    map.put("kind", config.kind().name().toLowerCase(Locale.ROOT));
    map.put("max_shape", List.of(c, c, s, s));
    map.put("num_classes", config.numClasses());
    map.put("hid", config.hidden());
    map.put("layers", config.layers());
    map.put("heads", config.heads());
    map.put("is_ghn2", config.kind() == Kind.GHN2);
    map.put("weight_norm", config.weightNorm());
    map.put("ve", config.virtualEdges());
    map.put("layernorm", config.layerNorm());
    if (!config.without().isEmpty()) {
      map.put("without", config.without().stream().map(Ablation::name).sorted().toList());
    }
    return map;
  }

  private GhnConfig read() {
    Kind kind = kind();
    boolean graphormer = kind == Kind.GHN3;
    int hidden = number("hid", () -> dim("embed.weight", -1));
    Object decoder = declared.get("decoder");
    if (decoder != null && !decoder.equals("conv")) {
      throw contradiction("decoder", "is not 'conv', the only decoder that is supported");
    }
    try {
      return new GhnConfig(
          kind,
          hidden,
          graphormer ? number("layers", this::layers) : 1,
          graphormer ? number("heads", () -> hidden > 64 ? 16 : 8) : 1,
          maxShape(0, () -> (int) Math.sqrt(dim("decoder.conv.2.weight", 0))),
          maxShape(2, () -> dim("shape_enc.embed_spatial.weight", 0) == 9 ? 11 : 16),
          number("num_classes", () -> dim("decoder.class_layer_predictor.1.weight", 0)),
          flag("weight_norm", true),
          flag("ve", true),
          flag("layernorm", shapes.containsKey("ln.weight")),
          without());
    } catch (GhnConfigException e) {
      throw new CheckpointException(
          CheckpointException.CONFIG, file + ": " + e.getMessage(), e.fix(), e);
    }
  }

  /** What the reference calls {@code hypernet} does not tell them apart; the tensors do. */
  private Kind kind() {
    Kind kind = Kind.GHN3;
    if (shapes.containsKey("gnn.gru.weight_ih")) {
      kind = Kind.GHN2;
    } else if (shapes.containsKey("gnn.fc.0.weight")) {
      kind = Kind.MLP;
    }
    Object name = declared.get("kind");
    if (name != null && !name.equals(kind.name().toLowerCase(Locale.ROOT))) {
      throw contradiction("kind", "does not fit the tensors, which are those of " + kind);
    }
    if (flag("is_ghn2", kind == Kind.GHN2) != (kind == Kind.GHN2)) {
      throw contradiction("is_ghn2", "does not fit the tensors, which are those of " + kind);
    }
    return kind;
  }

  private Set<Ablation> without() {
    Object value = declared.get("without");
    Set<Ablation> without = EnumSet.noneOf(Ablation.class);
    if (value == null) {
      return without;
    }
    if (!(value instanceof List<?> names)) {
      throw contradiction("without", "is no list");
    }
    for (Object name : names) {
      if (!(name instanceof String text)) {
        throw contradiction("without", "names no parts");
      }
      try {
        without.add(Ablation.valueOf(text));
      } catch (IllegalArgumentException e) {
        throw contradiction("without", "names a part that the encoder does not have");
      }
    }
    return without;
  }

  private int layers() {
    int layers = 0;
    while (shapes.containsKey("gnn." + layers + ".ln1.weight")) {
      layers++;
    }
    return layers;
  }

  private int dim(String tensor, int axis) {
    Shape shape = shapes.get(tensor);
    if (shape == null || shape.rank() == 0) {
      throw new CheckpointException(
          CheckpointException.CONFIG,
          file + ": there is no configuration, and no tensor '" + tensor + "' to infer it from",
          "this is not a checkpoint of GHN-3 or GHN-2; import the public files or your own");
    }
    return (int) Math.min(Integer.MAX_VALUE, shape.dim(axis));
  }

  private int number(String key, IntSupplier inferred) {
    Object value = declared.get(key);
    return value == null ? inferred.getAsInt() : toInt(key, value);
  }

  private int toInt(String key, Object value) {
    boolean whole = value instanceof Long || value instanceof Integer;
    if (!whole || ((Number) value).longValue() != ((Number) value).intValue()) {
      throw contradiction(key, "is not a whole number of sensible size");
    }
    return ((Number) value).intValue();
  }

  private boolean flag(String key, boolean inferred) {
    Object value = declared.get(key);
    if (value == null) {
      return inferred;
    }
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw contradiction(key, "is neither true nor false");
  }

  private int maxShape(int index, IntSupplier inferred) {
    Object value = declared.get("max_shape");
    if (value == null) {
      return inferred.getAsInt();
    }
    List<?> dims = value instanceof PickleTuple tuple ? tuple.items() : null;
    if (value instanceof List<?> list) {
      dims = list;
    }
    if (dims == null || dims.size() != 4) {
      throw contradiction("max_shape", "does not have four numbers");
    }
    int first = toInt("max_shape", dims.get(index));
    if (first != toInt("max_shape", dims.get(index + 1))) {
      throw contradiction("max_shape", "is not (C, C, S, S)");
    }
    return first;
  }

  private CheckpointException contradiction(String key, String what) {
    return new CheckpointException(
        CheckpointException.CONFIG,
        file + ": the configuration's '" + key + "' " + what,
        "correct it where the checkpoint was written, or leave it out so that it is inferred");
  }
}
