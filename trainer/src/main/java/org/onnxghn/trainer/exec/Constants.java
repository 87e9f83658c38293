package org.onnxghn.trainer.exec;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.HashMap;
import java.util.Map;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.StoredTensor;

/** The file's tensors on each device, made when they are first used. */
final class Constants implements AutoCloseable {
  private record Key(String name, Device device) {}

  private final NDManager manager;
  private final Map<Key, NDArray> arrays = new HashMap<>();
  private final NDManager seeds;
  private NDArray zero;

  Constants(NDManager manager) {
    this.manager = manager;
    this.seeds = manager.newSubManager(Device.cpu());
  }

  NDManager manager() {
    return manager;
  }

  /** A seed; the caller closes it. */
  NDArray seed(long value) {
    return seeds.create(value);
  }

  /** A seed for programs that draw no random numbers. */
  synchronized NDArray zero() {
    if (zero == null) {
      zero = seeds.create(0L);
      NDScope.unregister(zero);
    }
    return zero;
  }

  synchronized NDArray get(StoredTensor tensor, Device device) {
    return arrays.computeIfAbsent(new Key(tensor.name(), device), key -> make(tensor, device));
  }

  private NDArray make(StoredTensor tensor, Device device) {
    Shape shape = new Shape(tensor.shape().dims());
    NDArray result;
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray values = values(tensor, shape);
      result = values.toType(type(tensor.type()), false).toDevice(device, false);
      // Not in a Java buffer's memory: its alignment is chance, and with it possibly the last bits.
      result = result == values ? values.duplicate() : result;
      NDScope.unregister(result);
    }
    return result;
  }

  private NDArray values(StoredTensor tensor, Shape shape) {
    if (tensor.type() == ElementType.DOUBLE) {
      return manager.create(tensor.doubles(), shape);
    }
    return tensor.type().isTrainable()
        ? manager.create(tensor.floats(), shape)
        : manager.create(tensor.longs(), shape);
  }

  private static DataType type(ElementType type) {
    return switch (TorchTypes.of(type)) {
      case 0 -> DataType.UINT8;
      case 1 -> DataType.INT8;
      case 2, 3 -> DataType.INT32;
      case TorchTypes.INT64 -> DataType.INT64;
      case 5 -> DataType.FLOAT16;
      case 7 -> DataType.FLOAT64;
      case TorchTypes.BOOL -> DataType.BOOLEAN;
      default -> DataType.FLOAT32;
    };
  }

  @Override
  public synchronized void close() {
    arrays.clear();
    manager.close();
  }
}
