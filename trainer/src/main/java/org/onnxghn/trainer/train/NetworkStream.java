package org.onnxghn.trainer.train;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.deepnets.ArchitectureHash;
import org.onnxghn.trainer.deepnets.Architectures;
import org.onnxghn.trainer.exec.Precision;
import org.onnxghn.trainer.run.Background;

/**
 * The meta-batches of all steps, drawn, imported and compiled ahead of time in the background. Step
 * {@code s} has the architectures {@code s m} to {@code s m + m - 1}, modulo their number: what a
 * step trains with depends on the step alone. For use by one thread.
 */
final class NetworkStream implements AutoCloseable {
  private static final int AHEAD = 2;

  /** Where in an endless list the substitutes of excluded networks are. */
  private static final long SUBSTITUTES = 1L << 40;

  private final Architectures architectures;
  private final int metaBatch;
  private final Set<String> excluded;
  private final Precision precision;
  private final List<Device> devices;
  private final PhaseTimes times;
  private final ExecutorService background;
  private final ArrayDeque<Future<List<TargetNetwork>>> pending = new ArrayDeque<>();
  private long submitted;
  private long waitingNanos;

  /**
   * @param firstStep of a resumed run
   * @param excluded hashes of networks that are evaluated, and must not be trained with
   * @param precision of the networks' matrix products
   * @param devices where they are made ready to run: networks of a step take them in turn
   */
  NetworkStream(
      Architectures architectures,
      int metaBatch,
      long firstStep,
      Set<String> excluded,
      Precision precision,
      List<Device> devices,
      PhaseTimes times) {
    this.architectures = architectures;
    this.metaBatch = metaBatch;
    this.precision = precision;
    this.devices = devices;
    this.times = times;
    this.submitted = firstStep;
    this.excluded = excluded;
    this.background = Background.threads(1, "onnx-ghn-networks");
  }

  /** The networks of the next step; the caller closes them. */
  List<TargetNetwork> next() {
    while (pending.size() <= AHEAD) {
      long step = submitted++;
      pending.add(background.submit(() -> make(step)));
    }
    long start = System.nanoTime();
    try {
      return Background.get(pending.remove(), "the next networks");
    } finally {
      waitingNanos += System.nanoTime() - start;
    }
  }

  /** How long {@link #next} has waited, in seconds. */
  double waitingSeconds() {
    return waitingNanos / 1e9;
  }

  private List<TargetNetwork> make(long step) {
    List<TargetNetwork> networks = new ArrayList<>();
    for (int i = 0; i < metaBatch; i++) {
      long index = (step * metaBatch + i) % architectures.size();
      networks.add(network(index, devices.get(i % devices.size())));
    }
    return networks;
  }

  private TargetNetwork network(long index, Device device) {
    Architecture drawn = times.during(Phase.SAMPLE, () -> architectures.get(index));
    TargetNetwork network =
        times.during(Phase.IMPORT, () -> TargetNetwork.of(drawn, DataType.FLOAT32, precision));
    if (excluded.contains(ArchitectureHash.of(network.graph()))) {
      network.close();
      return network(index + SUBSTITUTES, device);
    }
    times.during(
        Phase.IMPORT,
        () -> {
          network.prepare(device);
          return null;
        });
    return network;
  }

  @Override
  public void close() {
    background.shutdownNow();
  }
}
