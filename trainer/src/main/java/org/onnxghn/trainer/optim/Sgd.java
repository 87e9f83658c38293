package org.onnxghn.trainer.optim;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Stochastic gradient descent with momentum (Sutskever et al. 2013) in PyTorch's form, weight decay
 * added to the gradient:
 *
 * <pre>
 *   d = g + decay p;  b = momentum b + d;  p = p - lr (nesterov ? d + momentum b : b)
 * </pre>
 */
public final class Sgd implements Optimizer {
  private final LeafUpdate update;
  private long steps;

  /**
   * @param parameters leaves that require gradients, by name
   * @param decays whether weight decay applies to the parameter of this name
   */
  public Sgd(
      Map<String, NDArray> parameters,
      double momentum,
      boolean nesterov,
      double weightDecay,
      Predicate<String> decays) {
    this.update =
        new LeafUpdate(
            parameters,
            momentum == 0 ? List.of() : List.of("momentum"),
            List.of("rate = float(t[0][0])"),
            (name, t) -> statements(t, momentum, nesterov, decays.test(name) ? weightDecay : 0));
  }

  private static List<String> statements(
      List<String> t, double momentum, boolean nesterov, double decay) {
    String p = t.get(0);
    List<String> lines = new ArrayList<>();
    lines.add(
        decay == 0
            ? "d = " + t.get(1)
            : "d = torch.add(%s, %s, alpha=%s)".formatted(t.get(1), p, decay));
    if (momentum != 0) {
      String b = t.get(2);
      lines.add("_0 = torch.add_(torch.mul_(%s, %s), d)".formatted(b, momentum));
      lines.add(nesterov ? "d = torch.add(d, %s, alpha=%s)".formatted(b, momentum) : "d = " + b);
    }
    lines.add("_0 = torch.add_(%s, d, alpha=rate)".formatted(p));
    return lines;
  }

  @Override
  public void step(double learningRate) {
    steps++;
    update.apply(-learningRate);
  }

  @Override
  public void zeroGradients() {
    update.zeroGradients();
  }

  @Override
  public Map<String, NDArray> state() {
    return update.state();
  }

  @Override
  public long steps() {
    return steps;
  }

  @Override
  public void restore(Map<String, NDArray> state, long taken) {
    update.restore(state);
    steps = taken;
  }

  @Override
  public void close() {
    update.close();
  }
}
