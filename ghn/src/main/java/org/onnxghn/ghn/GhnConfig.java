package org.onnxghn.ghn;

/**
 * The architecture of a hypernetwork (GHN3.md 4).
 *
 * @param kind which encoder
 * @param hidden width of node features, h
 * @param layers Graphormer layers, L
 * @param heads attention heads, H; divides {@code hidden}
 * @param maxChannels largest number of output and of input channels that is decoded without tiling,
 *     C
 * @param maxSpatial largest kernel that is decoded without interpolation, S
 * @param numClasses rows of the class head, K
 * @param weightNorm whether predicted tensors are normalised by fan-in (GHN3.md 5.4)
 * @param virtualEdges whether shortest paths longer than one edge count
 * @param layerNorm whether a LayerNorm follows the encoder
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
    boolean layerNorm) {

  /** The encoder of node features. */
  public enum Kind {
    GHN3,
    GHN2,
    MLP
  }
}
