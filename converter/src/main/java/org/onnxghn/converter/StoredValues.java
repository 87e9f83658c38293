package org.onnxghn.converter;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.onnxghn.graph.Parameter;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.StoredTensor;

/** The tensors of a model that have values, by name. */
public final class StoredValues {
  private final Map<String, StoredTensor> tensors;

  /** Of one model; its values are read when asked for. */
  public StoredValues(OnnxModel model) {
    this.tensors =
        model.tensors().stream()
            .filter(StoredTensor::hasData)
            .collect(Collectors.toMap(StoredTensor::name, Function.identity()));
  }

  /** Whether the model has values of this tensor. */
  public boolean have(String name) {
    return tensors.containsKey(name);
  }

  /** Whether the model has values of all of them: it was not exported without weights. */
  boolean haveAll(List<Parameter> parameters) {
    return parameters.stream().allMatch(parameter -> have(parameter.name()));
  }

  /** As stored, when they are floating-point numbers, and any. */
  Optional<float[]> floats(String name) {
    return Optional.ofNullable(tensors.get(name))
        .filter(tensor -> tensor.type().isTrainable() && tensor.shape().elements() > 0)
        .map(StoredTensor::floats);
  }
}
