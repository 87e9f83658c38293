package org.onnxghn.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.exec.Program;

/**
 * The gradient of one step (paper, Eq. 4): all networks of the meta-batch see the same images, and
 * the losses are averaged. Workers take equal shares of the networks, each with a forward and a
 * backward of its own through the hypernetwork; their gradients add up in the shared leaves, so
 * that any number of workers gives the same sum within rounding.
 */
final class MetaBatchStep implements AutoCloseable {
  private final Ghn ghn;
  private final NetworkLoss loss;
  private final int workers;
  private final PhaseTimes times;
  private final ExecutorService pool;

  MetaBatchStep(Ghn ghn, NetworkLoss loss, int workers, PhaseTimes times) {
    this.ghn = ghn;
    this.loss = loss;
    this.workers = workers;
    this.times = times;
    this.pool =
        Executors.newFixedThreadPool(
            workers,
            task -> {
              Thread thread = new Thread(task, "onnx-ghn-worker");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Means over the networks.
   *
   * @param loss with penalty
   * @param entropy cross-entropy
   * @param norm sum of the predicted tensors' norms
   * @param top1 share of images that are classified as they should be
   */
  record Outcome(double loss, double entropy, double norm, double top1) {
    private Outcome plus(Outcome other) {
      return new Outcome(
          loss + other.loss, entropy + other.entropy, norm + other.norm, top1 + other.top1);
    }
  }

  /**
   * Adds the gradients to those of the hypernetwork's leaves.
   *
   * @param images (N, channels, height, width)
   * @param labels (N), int64
   * @param seed of dropout
   */
  Outcome run(List<TargetNetwork> networks, NDArray images, NDArray labels, long seed) {
    List<Callable<Outcome>> shares = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      List<TargetNetwork> share = new ArrayList<>();
      for (int i = worker; i < networks.size(); i += workers) {
        share.add(networks.get(i));
      }
      if (!share.isEmpty()) {
        shares.add(() -> share(share, images, labels, networks.size(), seed));
      }
    }
    Outcome sum = new Outcome(0, 0, 0, 0);
    try {
      for (Future<Outcome> future : pool.invokeAll(shares)) {
        sum = sum.plus(future.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in a training step", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException("a training step failed", e.getCause());
    }
    return sum;
  }

  private Outcome share(
      List<TargetNetwork> networks, NDArray images, NDArray labels, int all, long seed) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      return Autograd.recording(() -> recorded(networks, images, labels, all, seed));
    }
  }

  private Outcome recorded(
      List<TargetNetwork> networks, NDArray images, NDArray labels, int all, long seed) {
    List<Map<ParameterSlot, NDArray>> predicted =
        times.during(
            Phase.PREDICT,
            () -> ghn.forward(networks.stream().map(TargetNetwork::graph).toList(), seed));
    List<NetworkLoss.Result> results = new ArrayList<>();
    NDManager manager = images.getManager();
    NDArray share = manager.create(new float[] {1f / all}).toType(images.getDataType(), true);
    NDArray total =
        times.during(
            Phase.FORWARD,
            () -> {
              NDArray sum = null;
              for (int i = 0; i < networks.size(); i++) {
                Map<ParameterSlot, NDArray> tensors = predicted.get(i);
                NDArray logits =
                    networks.get(i).run(images, tensors, Program.Mode.TRAINING, seed + i);
                NetworkLoss.Result result = loss.of(logits, labels, tensors.values());
                results.add(result);
                sum = sum == null ? result.loss() : sum.add(result.loss());
              }
              return sum.mul(share).sum();
            });
    times.during(
        Phase.BACKWARD,
        () -> {
          Autograd.backward(total);
          return null;
        });
    double n = all;
    double count = labels.size();
    return results.stream()
        .map(
            result ->
                new Outcome(
                    number(result.loss()) / n,
                    number(result.entropy()) / n,
                    number(result.norm()) / n,
                    number(result.hits()) / count / n))
        .reduce(new Outcome(0, 0, 0, 0), Outcome::plus);
  }

  private static double number(NDArray scalar) {
    return scalar.toArray()[0].doubleValue();
  }

  @Override
  public void close() {
    pool.shutdownNow();
    loss.close();
  }
}
