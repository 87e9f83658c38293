package org.onnxghn.onnx;

import static org.onnxghn.onnx.OnnxCodes.quote;

import org.onnxghn.onnx.proto.SparseTensorProto;

/** The dense form of a sparse tensor in coordinate format. */
final class SparseValues {
  private SparseValues() {}

  /**
   * All elements, zeros included.
   *
   * @param elements product of the tensor's dimensions
   * @throws OnnxException OG-107 for an index outside the shape, OG-130 for external data
   */
  static float[] dense(SparseTensorProto sparse, ElementType type, int elements) {
    String name = sparse.getValues().getName();
    if (TensorData.fieldOf(sparse.getValues()) == TensorData.Field.EXTERNAL
        || TensorData.fieldOf(sparse.getIndices()) == TensorData.Field.EXTERNAL) {
      throw new OnnxException(
          OnnxCodes.NOT_READABLE,
          "sparse tensor " + quote(name) + " has external data",
          "Store sparse tensors in the model file.");
    }
    int nonZeros = (int) Shape.of(sparse.getValues().getDimsList()).elements();
    float[] values = TensorData.floats(sparse.getValues(), type, nonZeros);
    Shape indexShape = Shape.of(sparse.getIndices().getDimsList());
    int width = indexShape.rank() == 2 ? (int) indexShape.dim(1) : 1;
    long[] indices =
        TensorData.longs(sparse.getIndices(), ElementType.INT64, (int) indexShape.elements());
    float[] dense = new float[elements];
    for (int i = 0; i < nonZeros; i++) {
      long flat = 0;
      for (int d = 0; d < width; d++) {
        long index = indices[i * width + d];
        long size = indexShape.rank() == 2 ? sparse.getDims(d) : elements;
        if (index < 0 || index >= size) {
          throw new OnnxException(
              OnnxCodes.DATA,
              "sparse tensor " + quote(name) + " has the index " + index + " where " + size + " is",
              "The file is damaged; export the model again.");
        }
        flat = flat * size + index;
      }
      dense[(int) flat] = values[i];
    }
    return dense;
  }
}
