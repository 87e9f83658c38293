package org.onnxghn.trainer.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.exec.TorchScriptModule;

/**
 * An exponential moving average of weights (Polyak and Juditsky 1992), {@code a = d a + (1 - d) w}.
 * Early on it forgets faster, {@code d = min(decay, (1 + t) / (10 + t))}, so that initial weights
 * do not stay.
 */
public final class WeightAverage implements AutoCloseable {
  private final List<NDArray> pairs = new ArrayList<>();
  private final double decay;
  private final NDManager manager;
  private final TorchScriptModule update;

  /**
   * @param averages where the average is kept, by the names of the weights
   */
  public WeightAverage(Map<String, NDArray> averages, Map<String, NDArray> weights, double decay) {
    this.decay = decay;
    List<String> body = new ArrayList<>(List.of("share = float(t[0])"));
    int index = 1;
    for (Map.Entry<String, NDArray> weight : weights.entrySet()) {
      pairs.add(averages.get(weight.getKey()));
      pairs.add(weight.getValue());
      body.add("_0 = torch.lerp_(t[%d], t[%d], share)".formatted(index, index + 1));
      index += 2;
    }
    body.add("return [t[0]]");
    manager = NDManager.newBaseManager(pairs.get(0).getDevice());
    update = TorchScriptModule.load(manager.getDevice(), TorchScriptModule.text(body));
  }

  /**
   * Takes the present weights into the average.
   *
   * @param steps taken so far
   */
  public void update(long steps) {
    double keep = Math.min(decay, (1.0 + steps) / (10.0 + steps));
    Autograd.off(
        () -> {
          try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            List<NDArray> arguments = new ArrayList<>();
            arguments.add(manager.create(1 - keep));
            arguments.addAll(pairs);
            return update.run(arguments, manager);
          }
        });
  }

  @Override
  public void close() {
    update.close();
    manager.close();
  }
}
