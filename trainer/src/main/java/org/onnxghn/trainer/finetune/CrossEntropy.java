package org.onnxghn.trainer.finetune;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.onnxghn.trainer.exec.TorchScriptModule;

/**
 * Cross-entropy with distributions as targets, {@code -mean_i sum_c q_ic log softmax(x_i)_c}, in
 * one call of PyTorch.
 */
final class CrossEntropy implements AutoCloseable {
  private final TorchScriptModule module;

  CrossEntropy(Device device) {
    module =
        TorchScriptModule.load(
            device,
            TorchScriptModule.text(
                List.of(
                    "q = t[1]",
                    // A model may compute its Softmax in another type.
                    "logits = torch.to(torch.reshape(t[0], torch.size(q)), q.dtype)",
                    "p = torch.log_softmax(logits, 1)",
                    "sums = torch.sum(torch.mul(p, q), [1], False)",
                    "hits = torch.eq(torch.argmax(logits, 1, False), torch.argmax(q, 1, False))",
                    "return [torch.neg(torch.mean(sums)), torch.sum(hits)]")));
  }

  /**
   * @param loss a scalar with gradients
   * @param hits how often the highest score is the most probable target
   */
  record Result(NDArray loss, NDArray hits) {}

  /**
   * The loss.
   *
   * @param logits {@code N x classes}; dimensions of size 1 are ignored
   * @param targets {@code N x classes}
   */
  Result of(NDArray logits, NDArray targets, NDManager manager) {
    NDList results = module.run(List.of(logits, targets), manager);
    return new Result(results.get(0), results.get(1));
  }

  @Override
  public void close() {
    module.close();
  }
}
