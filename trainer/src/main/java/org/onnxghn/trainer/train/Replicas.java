package org.onnxghn.trainer.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.ghn.GhnParameters;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.exec.TensorCopy;
import org.onnxghn.trainer.exec.TorchScriptModule;

/**
 * The hypernetwork on several devices: the first has the weights that the optimizer changes, the
 * others copies, each with gradients of its own. With one device there are no copies.
 */
final class Replicas implements AutoCloseable {
  /** Adds the second half of the list to the first, across devices, and clears it. */
  private static final String GATHER =
      TorchScriptModule.text(
          List.of(
              "half = torch.floordiv(torch.len(t), 2)",
              "for i in range(half):",
              "  other = t[torch.add(i, half)]",
              "  _0 = torch.add_(t[i], torch.to(other, t[i]))",
              "  _1 = torch.zero_(other)",
              "return [t[0]]"));

  private final Ghn first;
  private final List<Ghn> others = new ArrayList<>();
  private final TorchScriptModule gather;

  /**
   * @param first on the first of the devices; stays open when this is closed
   * @param devices of all of them; the same one several times is fine
   */
  Replicas(Ghn first, List<Device> devices) {
    this.first = first;
    for (Device device : devices.subList(1, devices.size())) {
      GhnParameters copy = first.parameters().copyTo(device);
      copy.requireGradients(true);
      others.add(Ghn.of(copy));
    }
    gather = others.isEmpty() ? null : TorchScriptModule.load(devices.get(0), GATHER);
  }

  /** The first, then the others. */
  List<Ghn> all() {
    return Stream.concat(Stream.of(first), others.stream()).toList();
  }

  /** Moves all gradients into the first's: their sum. */
  void gatherGradients() {
    for (Ghn other : others) {
      List<NDArray> gradients = new ArrayList<>();
      for (Ghn ghn : List.of(first, other)) {
        ghn.parameters().tensors().values().forEach(leaf -> gradients.add(leaf.getGradient()));
      }
      NDManager manager = first.parameters().manager();
      Autograd.off(
          () -> {
            try (NDScope scope = new NDScope()) {
              scope.suppressNotUsedWarning();
              return gather.run(gradients, manager);
            }
          });
    }
  }

  /** Gives the others the first's weights. */
  void spreadWeights() {
    List<NDArray> weights = List.copyOf(first.parameters().tensors().values());
    for (Ghn other : others) {
      TensorCopy.copy(List.copyOf(other.parameters().tensors().values()), weights);
    }
  }

  @Override
  public void close() {
    others.forEach(Ghn::close);
    if (gather != null) {
      gather.close();
    }
  }
}
