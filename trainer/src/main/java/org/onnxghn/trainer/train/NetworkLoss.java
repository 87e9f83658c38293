package org.onnxghn.trainer.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.onnxghn.trainer.exec.TorchScriptModule;

/**
 * What the parameters predicted for one network are worth (paper, Eq. 4 and 10): the cross-entropy
 * of its classes, plus {@code gamma} times the sum of the predicted tensors' L2 norms, which keeps
 * predictions of deep networks in bounds. One call of PyTorch.
 */
final class NetworkLoss implements AutoCloseable {
  private final TorchScriptModule module;

  /**
   * @param gamma weight of the norms
   * @param squared whether the norms are squared, as an ablation
   * @param smoothing label smoothing
   */
  NetworkLoss(Device device, double gamma, boolean squared, double smoothing) {
    String norm = squared ? "torch.sum(torch.mul(t[i], t[i]))" : "torch.norm(t[i])";
    module =
        TorchScriptModule.load(
            device,
            TorchScriptModule.text(
                List.of(
                    "entropy = torch.cross_entropy_loss(t[0], t[1], None, 1, -100, %s)"
                        .formatted(smoothing),
                    "hits = torch.sum(torch.eq(torch.argmax(t[0], 1, False), t[1]))",
                    "norms = annotate(List[Tensor], [])",
                    "for i in range(torch.len(t)):",
                    "  if torch.gt(i, 1):",
                    "    _0 = torch.append(norms, " + norm + ")",
                    "norm = torch.sum(torch.stack(norms))",
                    "return [torch.add(entropy, norm, alpha=%s), entropy, norm, hits]"
                        .formatted(gamma))));
  }

  /**
   * All scalars.
   *
   * @param loss with gradients
   * @param entropy mean over the images
   * @param norm sum over the tensors
   * @param hits images whose highest score is their class
   */
  record Result(NDArray loss, NDArray entropy, NDArray norm, NDArray hits) {}

  /**
   * The loss.
   *
   * @param logits (N, classes)
   * @param labels (N), int64
   */
  Result of(NDArray logits, NDArray labels, Collection<NDArray> predicted) {
    List<NDArray> arguments = new ArrayList<>(predicted.size() + 2);
    arguments.add(logits);
    arguments.add(labels);
    arguments.addAll(predicted);
    NDList results = module.run(arguments, logits.getManager());
    return new Result(results.get(0), results.get(1), results.get(2), results.get(3));
  }

  @Override
  public void close() {
    module.close();
  }
}
