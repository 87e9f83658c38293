package org.onnxghn.trainer.exec;

import java.util.Optional;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.StoredTensor;

/** Small tensors of the file whose numbers go into the program's text. */
final class KnownValues {
  /** The most elements of a stored tensor that are taken for settings. */
  private static final int MAX_ELEMENTS = 1024;

  private KnownValues() {}

  /** Host integers: a shape, or a stored tensor of integers of rank 0 or 1. */
  static Optional<Value.Ints> ints(Value value) {
    if (value instanceof Value.Ints ints) {
      return Optional.of(ints);
    }
    StoredTensor tensor = small(value);
    if (tensor == null || tensor.shape().rank() > 1 || !TorchTypes.isInteger(tensor.type())) {
      return Optional.empty();
    }
    boolean scalar = tensor.shape().rank() == 0;
    return Optional.of(HostShapes.folded(tensor.longs(), scalar, TorchTypes.of(tensor.type())));
  }

  /** The one value of a stored floating-point tensor, or null. */
  static Double scalar(Value value) {
    float[] values = floats(value);
    if (values == null || values.length != 1) {
      return null;
    }
    StoredTensor tensor = small(value);
    // Of a float32 the decimal that its author wrote, as of attributes.
    return tensor.type() == ElementType.DOUBLE
        ? Double.valueOf(tensor.doubles()[0])
        : Double.valueOf(Float.toString(values[0]));
  }

  /** The values of a stored floating-point tensor, or null. */
  static float[] floats(Value value) {
    StoredTensor tensor = small(value);
    return tensor == null || !tensor.type().isTrainable() ? null : tensor.floats();
  }

  private static StoredTensor small(Value value) {
    boolean isSmall =
        value instanceof Value.Stored stored
            && stored.tensor().hasData()
            && stored.tensor().shape().elements() <= MAX_ELEMENTS;
    return isSmall ? ((Value.Stored) value).tensor() : null;
  }
}
