package org.onnxghn.ghn;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.onnxghn.onnx.Shape;

/**
 * The architecture of a hypernetwork (GHN3.md 4).
 *
 * @param kind which encoder
 * @param hidden width of node features, h; divisible by 4 (four shape embeddings side by side)
 * @param layers Graphormer layers, L; 1 for the encoders that have none, whatever is given
 * @param heads attention heads, H; divides {@code hidden}; 1 for the encoders that have none,
 *     whatever is given
 * @param maxChannels largest number of output and of input channels that is decoded without tiling,
 *     C
 * @param maxSpatial largest kernel that is decoded without interpolation, S
 * @param numClasses rows of the class head, K
 * @param weightNorm whether predicted tensors are normalised by fan-in (GHN3.md 5.4)
 * @param virtualEdges whether shortest paths longer than one edge count
 * @param layerNorm whether a LayerNorm follows the encoder
 * @param without parts of the encoder that are left out
 */
public record GhnConfig(
    Kind kind,
    int hidden,
    int layers,
    int heads,
    int maxChannels,
    int maxSpatial,
    int numClasses,
    boolean weightNorm,
    boolean virtualEdges,
    boolean layerNorm,
    Set<Ablation> without) {

  private static final Map<String, GhnConfig> PRESETS = Presets.all();

  /** The encoder of node features. */
  public enum Kind {
    GHN3,
    GHN2,
    MLP
  }

  /**
   * What the paper's Tables 5 and 10 take away to see what it is worth. The tensors stay, unused,
   * so that all checkpoints of a size have the same.
   */
  public enum Ablation {
    /** No bias of attention by shortest paths. */
    EDGES,
    /** Shortest paths count in the direction of the edges only. */
    BACKWARD_EDGES,
    /** No in- and out-degrees. */
    CENTRALITY,
    /** No distance from the input. */
    INPUT_DISTANCE
  }

  /** With nothing left out. */
  public GhnConfig(
      Kind kind,
      int hidden,
      int layers,
      int heads,
      int maxChannels,
      int maxSpatial,
      int numClasses,
      boolean weightNorm,
      boolean virtualEdges,
      boolean layerNorm) {
    this(
        kind,
        hidden,
        layers,
        heads,
        maxChannels,
        maxSpatial,
        numClasses,
        weightNorm,
        virtualEdges,
        layerNorm,
        Set.of());
  }

  /**
   * Checks ranges. The limits keep every tensor of the configuration below 2 GiB of float32, which
   * is what one direct buffer holds; the largest published one (XL) has 1.8 GB.
   *
   * @throws GhnConfigException (OG-300) naming the number that is wrong
   */
  public GhnConfig {
    if (kind == null) {
      throw invalid("kind is missing");
    }
    without = without == null ? Set.of() : Set.copyOf(without);
    boolean edges = without.contains(Ablation.EDGES) || without.contains(Ablation.BACKWARD_EDGES);
    if (kind == Kind.GHN2 && !without.isEmpty() || kind == Kind.MLP && edges) {
      throw invalid(kind + " has nothing of " + without + " that could be left out");
    }
    requireRange("hidden", hidden, 4, 8192);
    requireRange("layers", layers, 1, 1024);
    requireRange("heads", heads, 1, 8192);
    layers = kind == Kind.GHN3 ? layers : 1;
    heads = kind == Kind.GHN3 ? heads : 1;
    requireRange("maxChannels", maxChannels, 1, 8192);
    requireRange("maxSpatial", maxSpatial, 1, 64);
    requireRange("numClasses", numClasses, 1, 1_000_000);
    if (hidden % 4 != 0) {
      throw invalid("hidden is " + hidden + ", which is not divisible by 4");
    }
    if (hidden % heads != 0) {
      throw invalid("heads is " + heads + ", which does not divide hidden = " + hidden);
    }
    largestTensors(hidden, maxChannels, maxSpatial, numClasses);
  }

  /**
   * The published configuration with this name, with 1000 classes: {@code ghn3-t}, {@code ghn3-s},
   * {@code ghn3-l}, {@code ghn3-xl} or {@code ghn2} (GHN3.md 4 and 4.1).
   *
   * @throws GhnConfigException (OG-301) when there is none
   */
  public static GhnConfig preset(String name) {
    GhnConfig preset = PRESETS.get(name.toLowerCase(Locale.ROOT));
    if (preset == null) {
      throw new GhnConfigException(
          GhnConfigException.UNKNOWN_PRESET,
          "no preset is called '" + name + "'",
          "use one of " + String.join(", ", PRESETS.keySet()));
    }
    return preset;
  }

  /** Names that {@link #preset} knows, smallest GHN-3 first. */
  public static Set<String> presetNames() {
    return PRESETS.keySet();
  }

  /** This configuration with another number of classes. */
  public GhnConfig withNumClasses(int classes) {
    return new GhnConfig(
        kind,
        hidden,
        layers,
        heads,
        maxChannels,
        maxSpatial,
        classes,
        weightNorm,
        virtualEdges,
        layerNorm,
        without);
  }

  /**
   * Names and shapes of all tensors, in the order of the reference's state dict, in the names of
   * its training checkpoints ({@code gnn.0.centrality_embed_in.weight}). Linear weights are (out,
   * in).
   */
  public Map<String, Shape> tensors() {
    return TensorTable.of(this);
  }

  /** Number of trainable elements, such as 6,906,632 for GHN-3-T. */
  public long parameterCount() {
    return tensors().values().stream().mapToLong(Shape::elements).sum();
  }

  private static void requireRange(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw invalid(name + " is " + value + ", outside " + least + " to " + most);
    }
  }

  private static void largestTensors(long h, long c, long s, long k) {
    long elements = Math.max(4 * h * s * s * h, c * c * 8 * h);
    elements = Math.max(elements, Math.max(k * c, 8 * h * 4 * h));
    if (elements * Float.BYTES > Integer.MAX_VALUE) {
      throw invalid(
          "the largest tensor would have "
              + elements
              + " elements, and at most "
              + Integer.MAX_VALUE / Float.BYTES
              + " are supported");
    }
  }

  private static GhnConfigException invalid(String what) {
    return new GhnConfigException(
        GhnConfigException.INVALID,
        "hypernetwork configuration: " + what,
        "correct the configuration, or start from a preset such as ghn3-t");
  }
}
