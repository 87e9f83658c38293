package org.onnxghn.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.onnxghn.ghn.Encoding;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.exec.Program;
import org.onnxghn.trainer.run.Background;

/**
 * The gradient of one step (paper, Eq. 4): all networks of the meta-batch see the same images, and
 * the losses are averaged. Workers take equal shares of the networks, each with a forward and a
 * backward of its own through the hypernetwork; their gradients add up, in the shared leaves or
 * (see {@link Replicas}) in copies, so that any number of workers gives the same sum within
 * rounding.
 */
final class MetaBatchStep implements AutoCloseable {
  private final List<Replica> replicas;
  private final int workers;
  private final PhaseTimes times;
  private final ExecutorService pool;

  /**
   * @param replicas of the hypernetwork, one for each device; workers take them in turn
   */
  MetaBatchStep(List<Replica> replicas, int workers, PhaseTimes times) {
    this.replicas = List.copyOf(replicas);
    this.workers = workers;
    this.times = times;
    this.pool = Background.threads(workers, "onnx-ghn-worker");
  }

  /** The hypernetwork on one device, and the loss there. */
  record Replica(Ghn ghn, NetworkLoss loss) {
    private NDArray here(NDArray array) {
      return array.toDevice(ghn.parameters().manager().getDevice(), false);
    }
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
   * Adds the gradients to those of the replicas' leaves.
   *
   * @param images (N, channels, height, width)
   * @param labels (N), int64
   * @param seed of dropout, and of a class token's position
   * @param scale that the gradients are multiplied with
   */
  Outcome run(
      List<TargetNetwork> networks, NDArray images, NDArray labels, long seed, double scale) {
    List<Callable<Outcome>> shares = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      List<TargetNetwork> share = new ArrayList<>();
      for (int i = worker; i < networks.size(); i += workers) {
        share.add(networks.get(i));
      }
      Replica replica = replicas.get(worker % replicas.size());
      if (!share.isEmpty()) {
        int first = worker;
        shares.add(
            () -> share(replica, share, images, labels, networks.size(), seed, first, scale));
      }
    }
    Outcome sum = new Outcome(0, 0, 0, 0);
    for (Future<Outcome> share : all(shares)) {
      sum = sum.plus(Background.get(share, "a training step"));
    }
    return sum;
  }

  /** When all of them are over: a failure must not leave others computing. */
  private List<Future<Outcome>> all(List<Callable<Outcome>> shares) {
    try {
      return pool.invokeAll(shares);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in a training step", e);
    }
  }

  private Outcome share(
      Replica replica,
      List<TargetNetwork> networks,
      NDArray images,
      NDArray labels,
      int all,
      long seed,
      int first,
      double scale) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray seen = replica.here(images);
      NDArray classes = replica.here(labels);
      return Autograd.recording(
          () -> recorded(replica, networks, seen, classes, all, seed, first, scale));
    }
  }

  private Outcome recorded(
      Replica replica,
      List<TargetNetwork> networks,
      NDArray images,
      NDArray labels,
      int all,
      long seed,
      int first,
      double scale) {
    List<ComputationalGraph> graphs = networks.stream().map(TargetNetwork::graph).toList();
    Encoding encoding = times.during(Phase.ENCODE, () -> replica.ghn().encode(graphs));
    List<Map<ParameterSlot, NDArray>> predicted =
        times.during(Phase.DECODE, () -> replica.ghn().decode(encoding, seed));
    List<NetworkLoss.Result> results = new ArrayList<>();
    NDManager manager = images.getManager();
    NDArray share =
        manager.create(new float[] {(float) (scale / all)}).toType(images.getDataType(), true);
    NDArray total =
        times.during(
            Phase.FORWARD,
            () -> {
              NDArray sum = null;
              for (int i = 0; i < networks.size(); i++) {
                Map<ParameterSlot, NDArray> tensors = predicted.get(i);
                NDArray logits =
                    networks
                        .get(i)
                        .run(
                            images,
                            tensors,
                            Program.Mode.TRAINING_PREDICTED,
                            // Must not depend on the number of workers.
                            seed + first + (long) i * workers);
                NetworkLoss.Result result = replica.loss().of(logits, labels, tensors.values());
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
    replicas.forEach(replica -> replica.loss().close());
  }
}
