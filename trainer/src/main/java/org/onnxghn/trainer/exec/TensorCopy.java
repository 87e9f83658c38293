package org.onnxghn.trainer.exec;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Copies values into tensors, in the memory that these have. {@code NDArray.copyTo} gives its
 * target a Java buffer for memory instead, whose alignment is chance, and with it possibly the last
 * bits of what oneDNN and MKL compute from it.
 */
public final class TensorCopy {
  private static final Map<Device, TorchScriptModule> MODULES = new ConcurrentHashMap<>();

  private static final String TEXT =
      TorchScriptModule.text(
          List.of(
              "half = torch.floordiv(torch.len(t), 2)",
              "for i in range(half):",
              "  _0 = torch.copy_(t[i], t[torch.add(i, half)])",
              "return [t[0]]"));

  private TensorCopy() {}

  /**
   * Copies without recording gradients.
   *
   * @param targets all on one device
   * @param values as many, of the same shapes
   */
  public static void copy(List<NDArray> targets, List<NDArray> values) {
    if (targets.size() != values.size()) {
      throw new IllegalArgumentException(targets.size() + " targets, " + values.size() + " values");
    }
    if (targets.isEmpty()) {
      return;
    }
    List<NDArray> arguments = new ArrayList<>(targets);
    arguments.addAll(values);
    NDManager manager = targets.get(0).getManager();
    TorchScriptModule module =
        MODULES.computeIfAbsent(manager.getDevice(), d -> TorchScriptModule.load(d, TEXT));
    Autograd.off(
        () -> {
          try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            return module.run(arguments, manager);
          }
        });
  }
}
