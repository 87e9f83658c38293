package org.onnxghn.trainer.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.exec.TensorCopy;
import org.onnxghn.trainer.exec.TorchScriptModule;
import org.onnxghn.trainer.run.RunException;

/**
 * One call of PyTorch that updates all leaves in place: a call for each operation of each leaf
 * costs more than the arithmetic of small hypernetworks.
 */
final class LeafUpdate implements AutoCloseable {
  private final Map<String, NDArray> parameters;
  private final Map<String, NDArray> state = new LinkedHashMap<>();
  private final List<String> kinds;
  private final NDManager manager;
  private final TorchScriptModule update;
  private final TorchScriptModule zero;

  /**
   * @param kinds of state tensors, each of every parameter's shape, from zero on
   * @param prologue names the numbers, which {@code t[0]} holds
   * @param statements the update of one parameter, by its name and the indices in {@code t} of
   *     parameter, gradient and the state's kinds, in this order. PyTorch drops what only writes to
   *     lists of its own: such a statement must also take the list {@code empty} as one of these
   */
  LeafUpdate(
      Map<String, NDArray> parameters,
      List<String> kinds,
      List<String> prologue,
      BiFunction<String, List<String>, List<String>> statements) {
    if (parameters.isEmpty()) {
      throw new IllegalArgumentException("no parameters to optimize");
    }
    this.parameters = new LinkedHashMap<>(parameters);
    this.kinds = List.copyOf(kinds);
    NDArray first = parameters.values().iterator().next();
    this.manager = NDManager.newBaseManager(first.getDevice());
    List<String> body = new ArrayList<>(prologue);
    body.add("empty = annotate(List[Tensor], [])");
    List<String> zeros = new ArrayList<>();
    int index = 1;
    for (Map.Entry<String, NDArray> parameter : this.parameters.entrySet()) {
      List<String> operands = new ArrayList<>();
      for (int i = 0; i < kinds.size() + 2; i++) {
        operands.add("t[" + index++ + "]");
      }
      body.addAll(statements.apply(parameter.getKey(), operands));
      zeros.add("_0 = torch.zero_(t[" + zeros.size() + "])");
      for (String kind : kinds) {
        NDArray value = parameter.getValue();
        NDArray zeroed = manager.zeros(value.getShape(), value.getDataType());
        NDScope.unregister(zeroed);
        state.put(kind + "/" + parameter.getKey(), zeroed);
      }
    }
    body.add("_0 = torch.append(empty, t[0])");
    body.add("return empty");
    zeros.add("return [t[0]]");
    this.update = TorchScriptModule.load(first.getDevice(), TorchScriptModule.text(body));
    this.zero = TorchScriptModule.load(first.getDevice(), TorchScriptModule.text(zeros));
  }

  /** Runs the statements for all leaves. */
  void apply(double... numbers) {
    run(
        update,
        scratch -> {
          List<NDArray> arguments = new ArrayList<>();
          arguments.add(scratch.create(numbers));
          parameters.forEach(
              (name, parameter) -> {
                arguments.add(parameter);
                arguments.add(parameter.getGradient());
                kinds.forEach(kind -> arguments.add(state.get(kind + "/" + name)));
              });
          return arguments;
        });
  }

  void zeroGradients() {
    run(zero, scratch -> parameters.values().stream().map(NDArray::getGradient).toList());
  }

  private void run(TorchScriptModule module, Function<NDManager, List<NDArray>> arguments) {
    Autograd.off(
        () -> {
          try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            return module.run(arguments.apply(manager), manager);
          }
        });
  }

  Map<String, NDArray> state() {
    return Collections.unmodifiableMap(state);
  }

  void restore(Map<String, NDArray> stored) {
    state.forEach(
        (name, tensor) -> {
          NDArray value = stored.get(name);
          if (value == null || !value.getShape().equals(tensor.getShape())) {
            throw new RunException(
                RunException.STATE_MISFIT,
                "the stored state has %s \"%s\""
                    .formatted(value == null ? "no tensor" : "another shape of", name),
                "Resume with the model and the optimizer that the run began with.");
          }
        });
    TensorCopy.copy(List.copyOf(state.values()), state.keySet().stream().map(stored::get).toList());
  }

  @Override
  public void close() {
    update.close();
    zero.close();
    manager.close();
  }
}
