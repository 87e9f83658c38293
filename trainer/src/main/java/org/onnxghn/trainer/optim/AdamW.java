package org.onnxghn.trainer.optim;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2), as PyTorch has it:
 *
 * <pre>
 *   p = p (1 - lr decay);  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
 *   p = p - lr / (1 - b1^t) m / (sqrt(v / (1 - b2^t)) + epsilon)
 * </pre>
 *
 * <p>Of tables with sparse rows, such as embeddings, a row whose gradient is all zero was not used:
 * neither it nor its moments change, so that decay does not wear away what is rarely seen.
 */
public final class AdamW implements Optimizer {
  /** The usual constants. */
  public static final double BETA1 = 0.9;

  public static final double BETA2 = 0.999;
  public static final double EPSILON = 1e-8;

  private static final List<String> NUMBERS =
      List.of("rate = float(t[0][0])", "taken = torch.to(t[0][1], 6)");

  private final double beta1;
  private final double beta2;
  private final double weightDecay;
  private final LeafUpdate update;
  private long steps;

  /**
   * @param parameters leaves that require gradients, by name
   * @param decays whether weight decay applies to the parameter of this name
   * @param sparseRows whether the parameter of this name is a table of which a step uses some rows
   */
  public AdamW(
      Map<String, NDArray> parameters,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      Predicate<String> decays,
      Predicate<String> sparseRows) {
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.weightDecay = weightDecay;
    this.update =
        new LeafUpdate(
            parameters,
            List.of("exp_avg", "exp_avg_sq"),
            NUMBERS,
            (name, t) -> statements(t, decays.test(name), sparseRows.test(name), epsilon));
  }

  private List<String> statements(List<String> t, boolean decays, boolean sparse, double epsilon) {
    String p = t.get(0);
    String g = t.get(1);
    String m = t.get(2);
    String v = t.get(3);
    List<String> lines = new ArrayList<>();
    if (sparse) {
      lines.add("used = torch.ne(torch.amax(torch.abs(%s), [1], True), 0)".formatted(g));
      for (int i = 0; i < t.size(); i++) {
        if (i != 1) {
          lines.add("before%d = torch.clone(%s)".formatted(i, t.get(i)));
        }
      }
    }
    lines.add(
        ("torch._fused_adamw_([%s], [torch.contiguous(%s)], [%s], [%s], empty, [taken], lr=rate,"
                + " beta1=%s, beta2=%s, weight_decay=%s, eps=%s, amsgrad=False, maximize=False)")
            .formatted(p, g, m, v, beta1, beta2, decays ? weightDecay : 0.0, epsilon));
    if (sparse) {
      for (int i = 0; i < t.size(); i++) {
        if (i != 1) {
          String tensor = t.get(i);
          lines.add(
              "_0 = torch.copy_(%s, torch.where(used, %s, before%d))".formatted(tensor, tensor, i));
        }
      }
    }
    return lines;
  }

  @Override
  public void step(double learningRate) {
    steps++;
    update.apply(learningRate, steps);
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
