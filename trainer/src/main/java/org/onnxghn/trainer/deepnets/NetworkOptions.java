package org.onnxghn.trainer.deepnets;

/**
 * How cells become a network (GHN3.md 9.2 and 9.3).
 *
 * @param channels of the first cells, C
 * @param cells number of cells; those at a third and two thirds reduce
 * @param channelMultiplier of the width at each reduction
 * @param stemType 0: one convolution; 1: three. Transformers have a stem of their own
 * @param stemKernel of the first convolution
 * @param stemStride of type 0's convolution
 * @param stemPool whether type 0 has a pooling
 * @param batchNorm whether convolutions are followed by BatchNorm
 * @param preprocessing whether a cell's inputs go through a 1x1 convolution
 * @param globalAverage whether the head averages over pixels, or takes them all
 * @param classifierLayers of the head
 * @param classifierWidth hidden width of the head
 */
public record NetworkOptions(
    int channels,
    int cells,
    int channelMultiplier,
    int stemType,
    int stemKernel,
    int stemStride,
    boolean stemPool,
    boolean batchNorm,
    boolean preprocessing,
    boolean globalAverage,
    int classifierLayers,
    int classifierWidth) {

  /** The same with other widths. */
  NetworkOptions withWidths(int newChannels, int newClassifierWidth) {
    return new NetworkOptions(
        newChannels,
        cells,
        channelMultiplier,
        stemType,
        stemKernel,
        stemStride,
        stemPool,
        batchNorm,
        preprocessing,
        globalAverage,
        classifierLayers,
        newClassifierWidth);
  }

  /** The same with another stride of the stem. */
  NetworkOptions withStemStride(int stride) {
    return new NetworkOptions(
        channels,
        cells,
        channelMultiplier,
        stemType,
        stemKernel,
        stride,
        stemPool,
        batchNorm,
        preprocessing,
        globalAverage,
        classifierLayers,
        classifierWidth);
  }

  /** Whether the cell reduces. */
  boolean isReduction(int cell) {
    return cell > 0 && (cell == cells / 3 || cell == 2 * cells / 3);
  }
}
