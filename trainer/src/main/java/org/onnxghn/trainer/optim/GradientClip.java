package org.onnxghn.trainer.optim;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.exec.TorchScriptModule;

/** Clips gradients by their global norm (Pascanu et al. 2013), as PyTorch's clip_grad_norm_. */
public final class GradientClip {
  private static final Map<Device, TorchScriptModule> NORMS = new ConcurrentHashMap<>();
  private static final Map<Device, TorchScriptModule> SCALES = new ConcurrentHashMap<>();

  private static final String NORM =
      TorchScriptModule.text(
          List.of(
              "norms = annotate(List[Tensor], [])",
              "for i in range(torch.len(t)):",
              "  _0 = torch.append(norms, torch.norm(t[i]))",
              "return [torch.norm(torch.stack(norms))]"));

  private static final String SCALE =
      TorchScriptModule.text(
          List.of(
              "factor = float(t[0])",
              "for i in range(torch.len(t)):",
              "  if torch.gt(i, 0):",
              "    _0 = torch.mul_(t[i], factor)",
              "return [t[0]]"));

  private GradientClip() {}

  /**
   * Scales all gradients by {@code maxNorm / norm} where the norm is larger.
   *
   * @param parameters leaves that require gradients
   * @return the L2 norm of all gradients together, before; when it is not finite, nothing is scaled
   */
  public static double clip(Collection<NDArray> parameters, double maxNorm) {
    return clip(parameters, maxNorm, 1);
  }

  /**
   * As {@link #clip(Collection, double)} of gradients that were multiplied with a number; they are
   * divided by it, too.
   *
   * @param lossScale the number
   */
  public static double clip(Collection<NDArray> parameters, double maxNorm, double lossScale) {
    if (parameters.isEmpty()) {
      return 0;
    }
    return Autograd.off(
        () -> {
          try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            List<NDArray> gradients = new ArrayList<>();
            parameters.forEach(parameter -> gradients.add(parameter.getGradient()));
            NDManager manager = gradients.get(0).getManager();
            NDArray total =
                NORMS
                    .computeIfAbsent(manager.getDevice(), d -> TorchScriptModule.load(d, NORM))
                    .run(gradients, manager)
                    .get(0);
            double norm = number(total) / lossScale;
            double factor = Math.min(1, maxNorm / norm) / lossScale;
            if (factor != 1 && Double.isFinite(norm)) {
              List<NDArray> arguments = new ArrayList<>();
              arguments.add(manager.create(factor));
              arguments.addAll(gradients);
              SCALES
                  .computeIfAbsent(manager.getDevice(), d -> TorchScriptModule.load(d, SCALE))
                  .run(arguments, manager);
            }
            return norm;
          }
        });
  }

  private static double number(NDArray scalar) {
    return scalar.toArray()[0].doubleValue();
  }
}
