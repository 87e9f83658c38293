package org.onnxghn.ghn;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import org.onnxghn.ghn.checkpoint.Checkpoint;

/**
 * The tensors of a hypernetwork by the names of {@link GhnConfig#tensors}. They are the leaves of
 * autograd when they require gradients, and the whole forward computes in their data type.
 */
public final class GhnParameters implements AutoCloseable {
  /**
   * Elements from which on a view is worth it. Small buffers lie anywhere, and matrix products
   * round differently at other alignments: copies make the same checkpoint give the same bits.
   */
  private static final long LARGE = 1 << 22;

  private final GhnConfig config;
  private final NDManager manager;
  private final Map<String, NDArray> tensors;

  private GhnParameters(GhnConfig config, NDManager manager, Map<String, NDArray> tensors) {
    this.config = config;
    this.manager = manager;
    this.tensors = Collections.unmodifiableMap(tensors);
    // They outlive whatever scope they were made in.
    tensors.values().forEach(NDScope::unregister);
  }

  /**
   * Float32 tensors for prediction. The large ones are views of the checkpoint's buffers, where
   * possible of the mapped file itself: nothing may ever write to them. They stay valid when the
   * checkpoint is closed.
   */
  public static GhnParameters view(Checkpoint checkpoint) {
    return of(
        checkpoint.config(),
        Device.cpu(),
        checkpoint.tensorNames(),
        (name, manager) ->
            checkpoint.shape(name).elements() >= LARGE
                ? view(checkpoint, name, manager)
                : copy(checkpoint, name, manager, DataType.FLOAT32));
  }

  /**
   * Tensors with memory of their own, for training.
   *
   * @param type {@link DataType#FLOAT32}, or {@link DataType#FLOAT64} to check gradients
   */
  public static GhnParameters copy(Checkpoint checkpoint, DataType type) {
    return copy(checkpoint, type, Device.cpu());
  }

  /** As {@link #copy(Checkpoint, DataType)}, on a device. */
  public static GhnParameters copy(Checkpoint checkpoint, DataType type, Device device) {
    return of(
        checkpoint.config(),
        device,
        checkpoint.tensorNames(),
        (name, manager) -> copy(checkpoint, name, manager, type));
  }

  /** The same values on a device, with memory of their own and without gradients. */
  public GhnParameters copyTo(Device device) {
    return of(
        config,
        device,
        tensors.keySet(),
        (name, target) -> {
          NDArray tensor = tensors.get(name);
          // To its own device, toDevice would share the memory.
          NDArray copy =
              tensor.getDevice().equals(device)
                  ? tensor.duplicate()
                  : tensor.toDevice(device, true);
          copy.attach(target);
          return copy;
        });
  }

  /** All tensors, or none: no memory is kept when one of them cannot be made. */
  private static GhnParameters of(
      GhnConfig config,
      Device device,
      Collection<String> names,
      BiFunction<String, NDManager, NDArray> tensor) {
    NDManager manager = NDManager.newBaseManager(device);
    try {
      Map<String, NDArray> tensors = new LinkedHashMap<>();
      names.forEach(name -> tensors.put(name, tensor.apply(name, manager)));
      return new GhnParameters(config, manager, tensors);
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  private static NDArray copy(
      Checkpoint checkpoint, String name, NDManager manager, DataType type) {
    try (NDArray view = view(checkpoint, name, manager)) {
      // To its own type, toType would share the buffer.
      return type == DataType.FLOAT32 ? view.duplicate() : view.toType(type, true);
    }
  }

  private static NDArray view(Checkpoint checkpoint, String name, NDManager manager) {
    Shape shape = new Shape(checkpoint.shape(name).dims());
    return manager.create(checkpoint.bytes(name), shape, DataType.FLOAT32);
  }

  /** The architecture that the tensors belong to. */
  public GhnConfig config() {
    return config;
  }

  /** Names and leaf tensors. */
  public Map<String, NDArray> tensors() {
    return tensors;
  }

  /** For arrays that are no function of a tensor; whoever makes them must be in an NDScope. */
  public NDManager manager() {
    return manager;
  }

  /** Lets every tensor collect gradients, or stops that. */
  public void requireGradients(boolean require) {
    tensors.values().forEach(tensor -> tensor.setRequiresGradient(require));
  }

  /**
   * The tensor of this name.
   *
   * @throws IllegalArgumentException when the architecture has none
   */
  public NDArray get(String name) {
    NDArray tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("no tensor \"" + name + "\" in " + config);
    }
    return tensor;
  }

  @Override
  public void close() {
    manager.close();
  }
}
