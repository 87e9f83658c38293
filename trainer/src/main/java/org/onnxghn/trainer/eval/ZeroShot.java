package org.onnxghn.trainer.eval;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.LongFunction;
import java.util.function.ToDoubleFunction;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.deepnets.Architectures;
import org.onnxghn.trainer.deepnets.Spread;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.exec.Program;
import org.onnxghn.trainer.run.Background;
import org.onnxghn.trainer.train.TargetNetwork;
import org.onnxghn.trainer.train.TrainingException;

/**
 * Accuracy of predicted parameters with no training at all (paper, Table 11). BatchNorm uses the
 * statistics of each batch, since predicted networks have none of their own.
 */
public final class ZeroShot {
  private static final long PATIENCE_SECONDS = 50;

  private ZeroShot() {}

  /**
   * One network.
   *
   * @param parameters trainable elements
   * @param top1 share of images whose highest score is their class
   * @param top5 share of images whose class is among the five highest scores
   * @param seconds of prediction and evaluation
   */
  public record Result(String name, long parameters, double top1, double top5, double seconds) {}

  /**
   * Evaluates the first networks of a list.
   *
   * @param workers networks at a time
   * @param progress hears how many networks are done
   */
  public static List<Result> evaluate(
      Ghn ghn,
      Architectures architectures,
      int count,
      EvaluationImages images,
      int workers,
      IntConsumer progress) {
    return each(count, workers, index -> evaluate(ghn, architectures.get(index), images), progress);
  }

  /**
   * Does some work for each index, several at a time.
   *
   * @return results in the order of the indices
   */
  public static <T> List<T> each(
      int count, int workers, LongFunction<T> work, IntConsumer progress) {
    ExecutorService pool = Background.threads(workers, "onnx-ghn-evaluation");
    try {
      List<Future<T>> futures = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        long index = i;
        futures.add(pool.submit(() -> work.apply(index)));
      }
      return results(futures, progress);
    } finally {
      pool.shutdownNow();
      awaitEnd(pool);
    }
  }

  private static <T> List<T> results(List<Future<T>> futures, IntConsumer progress) {
    List<T> results = new ArrayList<>();
    CancellationException givenUp = null;
    for (Future<T> future : futures) {
      try {
        results.add(Background.get(future, "an evaluation"));
        progress.accept(results.size());
      } catch (CancellationException e) {
        // Work that was given up because other work failed does not know why.
        givenUp = e;
      }
    }
    if (givenUp != null) {
      throw givenUp;
    }
    return results;
  }

  /** A JVM that ends while PyTorch computes may crash. */
  private static void awaitEnd(ExecutorService pool) {
    try {
      pool.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Evaluates one network.
   *
   * @param images of as many classes as the hypernetwork predicts for
   * @throws TrainingException OG-541 when the network does not give a score for each of them
   */
  public static Result evaluate(Ghn ghn, Architecture architecture, EvaluationImages images) {
    long start = System.nanoTime();
    try (TargetNetwork network = TargetNetwork.of(architecture);
        NDManager manager = NDManager.newBaseManager(ghn.parameters().manager().getDevice());
        NDScope outer = new NDScope()) {
      outer.suppressNotUsedWarning();
      long[] hits =
          Autograd.off(
              () -> {
                Map<ParameterSlot, NDArray> predicted =
                    ghn.forward(List.of(network.graph()), 0).get(0);
                long[] sum = new long[2];
                for (int i = 0; i < images.batches(); i++) {
                  try (NDScope scope = new NDScope()) {
                    scope.suppressNotUsedWarning();
                    NDArray logits = logits(network, predicted, images, i, manager);
                    long[] labels = images.labels(i);
                    network.requireScores(logits, labels.length, ghn.config().numClasses());
                    add(sum, logits, labels);
                  }
                }
                return sum;
              });
      double count = images.size();
      return new Result(
          network.name(),
          network.elements(),
          hits[0] / count,
          hits[1] / count,
          (System.nanoTime() - start) / 1e9);
    }
  }

  private static NDArray logits(
      TargetNetwork network,
      Map<ParameterSlot, NDArray> predicted,
      EvaluationImages images,
      int batch,
      NDManager manager) {
    Shape shape = new Shape(images.batchSize(), images.channels(), images.height(), images.width());
    NDArray input = manager.create(images.batch(batch), shape);
    return network.run(input, predicted, Program.Mode.BATCH_STATISTICS, 0);
  }

  /** Counts images whose class has the highest, or one of the five highest, scores. */
  private static void add(long[] sum, NDArray logits, long[] labels) {
    float[] scores = logits.toFloatArray();
    int classes = scores.length / labels.length;
    for (int i = 0; i < labels.length; i++) {
      float own = scores[i * classes + (int) labels[i]];
      int better = 0;
      for (int c = 0; c < classes; c++) {
        // A score that is not a number beats all, so that broken networks are never right.
        float other = scores[i * classes + c];
        better += c != labels[i] && !(other < own) ? 1 : 0;
      }
      sum[0] += better == 0 ? 1 : 0;
      sum[1] += better < 5 ? 1 : 0;
    }
  }

  /** Mean, standard deviation and the highest, of top-1 or another number. */
  public record Summary(int networks, double mean, double std, double max) {
    /** Of these results. */
    public static Summary of(List<Result> results) {
      return of(results.stream().mapToDouble(Result::top1).toArray());
    }

    /** Of a number that each of {@code networks[]} of shared/JSON.md has. */
    public static Summary ofNetworks(List<JsonNode> networks, ToDoubleFunction<JsonNode> number) {
      return of(networks.stream().mapToDouble(number).toArray());
    }

    /** Of these numbers; no numbers when there are none. */
    static Summary of(double... values) {
      if (values.length == 0) {
        return new Summary(0, Double.NaN, Double.NaN, Double.NaN);
      }
      Spread spread = Spread.of(values);
      double max = Arrays.stream(values).max().orElseThrow();
      return new Summary(values.length, spread.mean(), spread.std(), max);
    }
  }
}
