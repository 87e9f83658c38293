package org.onnxghn.onnx;

/**
 * Bounds on what is read from a model file, so that a small hostile file cannot take much time or
 * memory.
 *
 * @param fileBytes size of the model file without external data; protobuf itself stops at 2^31 - 1
 * @param nodes nodes in all graphs and functions together
 * @param messages protobuf messages and strings in the file, counted before any is built
 * @param depth subgraphs and called functions in each other; 1 is the main graph
 * @param rank dimensions of a tensor
 * @param nameBytes bytes of one name
 * @param computedElements elements of a tensor that the file describes without storing them, such
 *     as ConstantOfShape, when its values are asked for
 */
public record ModelLimits(
    long fileBytes,
    int nodes,
    long messages,
    int depth,
    int rank,
    int nameBytes,
    long computedElements) {
  /** Far above any published network, and safe with a heap of 4 GB. */
  public static final ModelLimits DEFAULT =
      new ModelLimits(Integer.MAX_VALUE, 2_000_000, 20_000_000, 64, 64, 1 << 20, 1L << 28);
}
