package org.onnxghn.trainer.finetune;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.onnxghn.converter.runtime.AccuracyResult;
import org.onnxghn.trainer.data.Batch;
import org.onnxghn.trainer.data.BatchOptions;
import org.onnxghn.trainer.data.Batches;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.optim.Optimizer;
import org.onnxghn.trainer.optim.Schedule;
import org.onnxghn.trainer.run.MetricsLog;
import org.onnxghn.trainer.run.StopRequest;

/**
 * Step after step, evaluated after each epoch. The state is stored at each epoch's end before its
 * evaluation and after it, and from time to time between, so that a run that is killed at any
 * moment goes on with the same numbers.
 */
final class TrainingLoop {
  private static final List<String> OF_TRAINING =
      List.of(
          "learningRate",
          "loss",
          "crossEntropy",
          "parameterNorm",
          "top1",
          "gradientNorm",
          "imagesPerSecond",
          "networksPerSecond",
          "waitingSeconds");

  private static final int MOST_WORKERS = 8;

  private final FineTuneOptions options;
  private final Network network;
  private final TrainingData data;
  private final Optimizer optimizer;
  private final RunState state;
  private final Progress progress;
  private final MetricsLog metrics;
  private final ResultFiles files;
  private final StopRequest stop;
  private final FineTuneObserver observer;
  private final Schedule schedule;
  private Duration saved;
  private Duration logged;
  private double waited;
  private double rate = Double.NaN;
  private long totalSteps;

  /** What a loop works with. */
  record Tools(
      Optimizer optimizer,
      RunState state,
      MetricsLog metrics,
      ResultFiles files,
      StopRequest stop,
      FineTuneObserver observer) {}

  TrainingLoop(
      FineTuneOptions options, Network network, TrainingData data, Progress progress, Tools tools) {
    this.options = options;
    this.network = network;
    this.data = data;
    this.progress = progress;
    this.optimizer = tools.optimizer();
    this.state = tools.state();
    this.metrics = tools.metrics();
    this.files = tools.files();
    this.stop = tools.stop();
    this.observer = tools.observer();
    this.schedule = options.recipe().schedule();
    this.saved = stop.elapsed();
    this.logged = stop.elapsed();
  }

  /** Trains until the end; false when it was interrupted, with the state stored. */
  boolean run() {
    if (progress.finished) {
      return true;
    }
    if (progress.evaluationDue && !evaluate(0)) {
      return false;
    }
    if (!trainAll()) {
      return false;
    }
    boolean evaluated = progress.hasBest() && progress.last.step() == progress.step;
    if (!evaluated && !evaluate(0)) {
      return false;
    }
    files.write(ResultFiles.LAST, network.values(), progress.last);
    progress.finished = true;
    save();
    return true;
  }

  private boolean trainAll() {
    Recipe recipe = options.recipe();
    int workers =
        Math.max(1, Math.min(MOST_WORKERS, Runtime.getRuntime().availableProcessors() / 2));
    int epochs = recipe.epochs() == 0 ? Integer.MAX_VALUE : recipe.epochs();
    BatchOptions batching =
        new BatchOptions(batchSize(), epochs, true, true, options.seed(), workers, 2 * workers + 2);
    try (Batches batches =
            new Batches(
                data.training(),
                options.augmentation().of(data.spec(), data.normalisation()),
                batching,
                progress.position);
        TrainingStep training = new TrainingStep(network, optimizer, recipe, options.seed())) {
      totalSteps = recipe.epochs() == 0 ? -1 : (long) epochs * batches.perEpoch();
      observer.training(progress.step, totalSteps);
      while (batches.hasNext() && !stop.isRequested()) {
        if (!takeStep(batches, training)) {
          return false;
        }
      }
    }
    if (stop.isInterrupted()) {
      save();
      return false;
    }
    return true;
  }

  private int batchSize() {
    return data.input().batch() > 0 ? data.input().batch() : options.recipe().batch();
  }

  /** Takes one step, and what follows it; false when the evaluation was interrupted. */
  private boolean takeStep(Batches batches, TrainingStep training) {
    rate = options.recipe().learningRate() * schedule.at(done(0.5));
    boolean lastOfEpoch;
    try (Batch batch = batches.next()) {
      TrainingStep.Outcome outcome = training.run(batch, progress.step, rate);
      progress.tally.add(outcome, batch.size());
      lastOfEpoch = batch.lastOfEpoch();
    }
    progress.step++;
    progress.position = batches.position();
    double speed = progress.tally.images() / seconds(logged);
    observer.trained(progress.step, progress.tally.loss(), progress.tally.top1(), speed, done(0));
    double waiting = batches.waitingSeconds() - waited;
    if (lastOfEpoch) {
      progress.evaluationDue = true;
      save();
      waited = batches.waitingSeconds();
      return evaluate(waiting);
    }
    if (progress.step % options.logEvery() == 0) {
      log(line(waiting));
      waited = batches.waitingSeconds();
    }
    if (seconds(saved) > options.limits().save().toNanos() / 1e9) {
      save();
    }
    return true;
  }

  private double done(double part) {
    double steps = totalSteps < 0 ? 0 : (progress.step + part) / totalSteps;
    return Math.min(1, Math.max(steps, stop.fractionOfTime()));
  }

  private double seconds(Duration since) {
    return stop.elapsed().minus(since).toNanos() / 1e9;
  }

  private void save() {
    progress.seconds = stop.elapsed().toNanos() / 1e9;
    state.save(progress);
    saved = stop.elapsed();
  }

  /** Evaluates, logs, stores; false when it was interrupted. */
  private boolean evaluate(double waiting) {
    Map<String, Object> line = line(waiting);
    Optional<Evaluation> evaluation =
        Evaluation.of(network, data, batchSize(), stop::isInterrupted);
    if (evaluation.isEmpty()) {
      save();
      return false;
    }
    AccuracyResult result = evaluation.get().result();
    int epoch = progress.position.epoch() + (progress.position.batch() > 0 ? 1 : 0);
    Milestone milestone =
        new Milestone(epoch, progress.step, result.top1(), result.top5(), evaluation.get().loss());
    boolean best = milestone.isBetterThan(progress.best) || !progress.hasBest();
    if (best) {
      progress.best = milestone;
      files.write(ResultFiles.BEST, network.values(), milestone);
    }
    progress.last = milestone;
    progress.evaluationDue = false;
    line.put("valLoss", milestone.loss());
    line.put("valTop1", milestone.top1());
    line.put("valTop5", milestone.top5());
    line.put("valSeconds", result.seconds());
    log(line);
    save();
    observer.evaluated(milestone, best);
    return true;
  }

  private void log(Map<String, Object> line) {
    metrics.append(line);
    progress.tally.clear();
    logged = stop.elapsed();
  }

  /**
   * Fields of shared/JSON.md; those of training have values when there were steps since the last.
   */
  private Map<String, Object> line(double waiting) {
    Map<String, Object> line = new LinkedHashMap<>();
    Tally tally = progress.tally;
    line.put("step", progress.step);
    line.put("epoch", progress.position.epoch() + (progress.position.batch() > 0 ? 1 : 0));
    if (tally.images() == 0) {
      OF_TRAINING.forEach(field -> line.put(field, null));
    } else {
      line.put("learningRate", rate);
      line.put("loss", tally.loss());
      line.put("crossEntropy", tally.loss());
      line.put("parameterNorm", parameterNorm());
      line.put("top1", tally.top1());
      line.put("gradientNorm", tally.norm());
      line.put("imagesPerSecond", tally.images() / seconds(logged));
      // Each step trains the one network.
      line.put("networksPerSecond", tally.steps() / seconds(logged));
      line.put("waitingSeconds", waiting);
    }
    line.put("seconds", stop.elapsed().toNanos() / 1e9);
    return line;
  }

  /** L2 norm of all trained parameters together. */
  private double parameterNorm() {
    return Autograd.off(
        () -> {
          double squares = 0;
          for (NDArray leaf : network.leaves().values()) {
            try (NDScope scope = new NDScope()) {
              scope.suppressNotUsedWarning();
              double norm = leaf.norm().getFloat();
              squares += norm * norm;
            }
          }
          return Math.sqrt(squares);
        });
  }
}
