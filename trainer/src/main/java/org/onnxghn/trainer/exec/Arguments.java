package org.onnxghn.trainer.exec;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.StoredTensor;

/** The tensors of one run, in the order in which the program takes them. */
final class Arguments implements AutoCloseable {
  private final List<NDArray> tensors = new ArrayList<>();
  private final NDManager manager;
  private final Device device;
  private final Set<String> unknown;
  private NDArray seed;

  private Arguments(NDManager manager, Device device, Set<String> unknown) {
    this.manager = manager;
    this.device = device;
    this.unknown = unknown;
  }

  static Arguments of(
      CompiledText text,
      Map<String, NDArray> inputs,
      Map<String, NDArray> parameters,
      Constants constants,
      long seed) {
    NDArray first =
        !inputs.isEmpty()
            ? inputs.values().iterator().next()
            : parameters.isEmpty() ? null : parameters.values().iterator().next();
    NDManager manager = first == null ? constants.manager() : first.getManager();
    Device device = first == null ? manager.getDevice() : first.getDevice();
    Set<String> unknown = new LinkedHashSet<>(inputs.keySet());
    unknown.addAll(parameters.keySet());
    Arguments arguments = new Arguments(manager, device, unknown);
    List<String> missing = new ArrayList<>();
    for (String name : text.arguments()) {
      if (name.equals(Code.SEED)) {
        arguments.tensors.add(text.random() ? arguments.seed(seed, constants) : constants.zero());
        continue;
      }
      unknown.remove(name);
      NDArray given = parameters.containsKey(name) ? parameters.get(name) : inputs.get(name);
      StoredTensor stored = text.stored().get(name);
      if (given == null && (stored == null || !stored.hasData())) {
        missing.add(name);
      } else if (given == null) {
        arguments.tensors.add(constants.get(stored, device));
      } else {
        requireDevice(name, given, device);
        arguments.tensors.add(given);
      }
    }
    requireAll(missing);
    return arguments;
  }

  private NDArray seed(long value, Constants constants) {
    seed = constants.seed(value);
    return seed;
  }

  private static void requireDevice(String name, NDArray given, Device device) {
    if (!given.getDevice().equals(device)) {
      throw new ExecutorException(
          ExecutorException.DEVICES,
          "tensor '%s' is on %s, the first input on %s".formatted(name, given.getDevice(), device),
          "Give all tensors on one device.",
          null);
    }
  }

  private static void requireAll(List<String> missing) {
    if (!missing.isEmpty()) {
      throw new ExecutorException(
          ExecutorException.MISSING,
          "no tensor was given for " + missing,
          "Give all of Program.inputs().",
          null);
    }
  }

  /** Refuses names that the model does not have; what it has and nothing uses is left out. */
  void requireKnown(OnnxModel model) {
    Set<String> inputs = new LinkedHashSet<>();
    model.proto().getGraph().getInputList().forEach(input -> inputs.add(input.getName()));
    for (String name : unknown) {
      if (model.tensor(name).isEmpty() && !inputs.contains(name)) {
        throw new ExecutorException(
            ExecutorException.UNKNOWN_NAME,
            "the model has no input or parameter '" + name + "'",
            "Use the names of Program.inputs() and Program.parameters().",
            null);
      }
    }
  }

  List<NDArray> tensors() {
    return tensors;
  }

  /** Where all tensors but the seed are. */
  Device device() {
    return device;
  }

  /** The manager that results belong to. */
  NDManager manager() {
    return manager;
  }

  @Override
  public void close() {
    if (seed != null) {
      seed.close();
    }
  }
}
