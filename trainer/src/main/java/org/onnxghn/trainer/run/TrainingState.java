package org.onnxghn.trainer.run;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.onnxghn.ghn.checkpoint.TensorFile;
import org.onnxghn.onnx.Shape;
import org.onnxghn.trainer.exec.TensorCopy;

/**
 * All that a run needs to go on: float32 tensors, bit for bit, and values as text. One safetensors
 * file, which is there whole or not at all.
 */
public final class TrainingState {
  private final TensorFile file;
  private final Path source;

  private TrainingState(TensorFile file, Path source) {
    this.file = file;
    this.source = source;
  }

  /**
   * Stores a state.
   *
   * @param tensors float32
   */
  public static void write(Path out, Map<String, NDArray> tensors, Map<String, String> values) {
    Map<String, TensorFile.Tensor> stored = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          if (tensor.getDataType() != DataType.FLOAT32) {
            throw new IllegalArgumentException(name + " is " + tensor.getDataType());
          }
          stored.put(
              name,
              new TensorFile.Tensor(
                  Shape.of(tensor.getShape().getShape()),
                  tensor.toByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer()));
        });
    new TensorFile(values, stored).write(out);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws org.onnxghn.ghn.checkpoint.CheckpointException for a file that is not whole
   */
  public static TrainingState read(Path path) {
    return new TrainingState(TensorFile.read(path), path);
  }

  /** Whether there is a value of this name. */
  public boolean has(String name) {
    return file.values().containsKey(name);
  }

  /**
   * A value.
   *
   * @throws RunException OG-513 when it is not there
   */
  public String value(String name) {
    String value = file.values().get(name);
    if (value == null) {
      throw misfit("has no value \"" + name + "\"");
    }
    return value;
  }

  /** As {@link #value}, a whole number. */
  public long number(String name) {
    try {
      return Long.parseLong(value(name));
    } catch (NumberFormatException e) {
      throw misfit("has a value \"" + name + "\" that is no number");
    }
  }

  /** As {@link #number}, of things that can be counted. */
  public long count(String name) {
    long count = number(name);
    if (count < 0) {
      throw misfit("has a value \"" + name + "\" below zero");
    }
    return count;
  }

  /** As {@link #count}, below 2^31. */
  public int smallCount(String name) {
    long count = count(name);
    if (count > Integer.MAX_VALUE) {
      throw misfit("has a value \"" + name + "\" that is too large");
    }
    return (int) count;
  }

  /** As {@link #decimal}, a time of no more than some thirty years. */
  public double seconds(String name) {
    double seconds = decimal(name);
    if (!(seconds >= 0 && seconds < 1e9)) {
      throw misfit("has a value \"" + name + "\" that is no time");
    }
    return seconds;
  }

  /** As {@link #value}; the same bits as were written by {@link Double#toString}. */
  public double decimal(String name) {
    try {
      return Double.parseDouble(value(name));
    } catch (NumberFormatException e) {
      throw misfit("has a value \"" + name + "\" that is no number");
    }
  }

  /** The tensors whose names begin with this, without it, as arrays of the manager. */
  public Map<String, NDArray> tensors(String prefix, NDManager manager) {
    Map<String, NDArray> tensors = new LinkedHashMap<>();
    file.tensors()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith(prefix)) {
                tensors.put(name.substring(prefix.length()), array(tensor, manager));
              }
            });
    return tensors;
  }

  private static NDArray array(TensorFile.Tensor tensor, NDManager manager) {
    int bytes = Math.multiplyExact(tensor.values().remaining(), Float.BYTES);
    ByteBuffer copy = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    copy.asFloatBuffer().put(tensor.values().duplicate());
    return manager.create(
        copy, new ai.djl.ndarray.types.Shape(tensor.shape().dims()), DataType.FLOAT32);
  }

  /**
   * Copies stored tensors into live ones.
   *
   * @param prefix of the stored names
   * @throws RunException OG-513 when one is missing or has another shape
   */
  public void copyTo(String prefix, Map<String, NDArray> live) {
    live.forEach(
        (name, tensor) -> {
          TensorFile.Tensor stored = file.tensors().get(prefix + name);
          if (stored == null || !stored.shape().equals(Shape.of(tensor.getShape().getShape()))) {
            throw misfit(
                (stored == null ? "has no tensor \"" : "has another shape of \"") + name + "\"");
          }
          try (NDArray value = array(stored, tensor.getManager())) {
            TensorCopy.copy(List.of(tensor), List.of(value));
          }
        });
  }

  private RunException misfit(String what) {
    return new RunException(
        RunException.STATE_MISFIT,
        source + " " + what,
        "Resume with the model, the options and the version that the run began with.");
  }
}
