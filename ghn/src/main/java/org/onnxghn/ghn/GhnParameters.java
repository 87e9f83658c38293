package org.onnxghn.ghn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The tensors of a hypernetwork by their names in training checkpoints (GHN3.md 4). They are the
 * leaves of autograd when they require gradients, and their data type is the one that the whole
 * forward computes in.
 */
public final class GhnParameters implements AutoCloseable {
  private final NDManager manager;
  private final Map<String, NDArray> tensors;
  private final DataType type;

  /**
   * @param manager owns the tensors; closed with this object
   * @param tensors all of one floating-point type
   */
  public GhnParameters(NDManager manager, Map<String, NDArray> tensors, DataType type) {
    this.manager = manager;
    this.tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    this.type = type;
    // They outlive whatever scope they were made in.
    tensors.values().forEach(NDScope::unregister);
  }

  /** Names and leaf tensors. */
  public Map<String, NDArray> tensors() {
    return tensors;
  }

  /** The type that the forward computes in. */
  public DataType type() {
    return type;
  }

  /** For arrays that are no function of a tensor; whoever makes them must be in an NDScope. */
  public NDManager manager() {
    return manager;
  }

  /** Number of scalars. */
  public long count() {
    return tensors.values().stream().mapToLong(NDArray::size).sum();
  }

  /** Lets every tensor collect gradients, or stops that. */
  public void requireGradients(boolean require) {
    tensors.values().forEach(tensor -> tensor.setRequiresGradient(require));
  }

  /**
   * The tensor of this name.
   *
   * @throws GhnException OG-350 when it is absent, OG-351 when its shape is another
   */
  public NDArray get(String name, long... shape) {
    NDArray tensor = tensors.get(name);
    Shape expected = new Shape(shape);
    if (tensor == null) {
      throw new GhnException(
          "OG-350",
          "the checkpoint has no tensor \"" + name + "\" of shape " + expected,
          "use a complete checkpoint, or correct the config in it");
    }
    if (!tensor.getShape().equals(expected)) {
      throw new GhnException(
          "OG-351",
          "tensor \"" + name + "\" has shape " + tensor.getShape() + ", not " + expected,
          "the checkpoint's config and tensors disagree: import it again");
    }
    return tensor;
  }

  @Override
  public void close() {
    manager.close();
  }
}
