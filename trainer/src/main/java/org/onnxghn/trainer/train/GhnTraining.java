package org.onnxghn.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.onnxghn.converter.TextFile;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.trainer.data.Batch;
import org.onnxghn.trainer.data.BatchOptions;
import org.onnxghn.trainer.data.Batches;
import org.onnxghn.trainer.deepnets.ArchitectureHash;
import org.onnxghn.trainer.deepnets.Architectures;
import org.onnxghn.trainer.deepnets.DeepNets;
import org.onnxghn.trainer.deepnets.Split;
import org.onnxghn.trainer.eval.EvaluationImages;
import org.onnxghn.trainer.eval.ZeroShot;
import org.onnxghn.trainer.exec.ComputeThreads;
import org.onnxghn.trainer.optim.GradientClip;
import org.onnxghn.trainer.optim.Schedule;
import org.onnxghn.trainer.run.RunFolder;
import org.onnxghn.trainer.run.StopRequest;
import org.onnxghn.trainer.run.TrainingState;

/**
 * Trains a hypernetwork (paper, section 3): each step draws a meta-batch of architectures, predicts
 * their parameters, and moves the hypernetwork so that these classify a batch of images better.
 * Stored states go on with the same numbers as a run that was never interrupted.
 */
public final class GhnTraining {
  /** So many steps without a finite loss, one after the other, end the run. */
  private static final int MAX_SKIPPED = 20;

  private static final int NODES = 2200;
  private final TrainingConfig config;
  private final TrainingJob job;
  private final TrainingObserver observer;
  private final PhaseTimes times = new PhaseTimes();
  private final TrainingProgress progress = new TrainingProgress();

  private GhnTraining(TrainingConfig config, TrainingJob job, TrainingObserver observer) {
    this.config = config;
    this.job = job;
    this.observer = observer;
  }

  /**
   * Trains until the steps are done, the time is up, or somebody interrupts.
   *
   * @throws TrainingException OG-540 to OG-543
   * @throws org.onnxghn.trainer.run.RunException OG-510 to OG-514 for the run folder
   */
  public static TrainingReport run(
      TrainingConfig config, TrainingJob job, TrainingObserver observer) {
    GhnTraining training = new GhnTraining(config, job, observer);
    return ComputeThreads.dividedAmong(job.workers(), training::run);
  }

  private TrainingReport run() {
    TrainingImages images = TrainingImages.open(config, job);
    try (RunFolder folder = job.resume() ? RunFolder.open(job.run()) : RunFolder.create(job.run());
        Weights weights = new Weights(config, job.start())) {
      if (job.resume()) {
        TrainingState state = TrainingState.read(folder.file(RunFolder.STATE));
        weights.restore(state);
        progress.restore(state);
      } else {
        TextFile.write(folder.file("config.yaml"), ConfigFile.write(config));
      }
      observer.begins(steps(), images.training().size());
      try (StopRequest stop =
              new StopRequest(job.limit(), Duration.ofNanos((long) (progress.seconds * 1e9)));
          RunRecord record = new RunRecord(folder, progress.step)) {
        String ended = train(images, folder, weights, stop, record);
        if (stop.isInterrupted()) {
          // The JVM is ending: it waits for this run, but draws nothing any more.
          observer.note("interrupted; go on with --resume --run " + job.run());
        } else {
          record.drawCurves();
        }
        return report(folder, ended);
      }
    }
  }

  /** Steps of the run; -1 where time decides. */
  private long steps() {
    return job.limit() == null ? config.run().steps() : -1;
  }

  private String train(
      TrainingImages images,
      RunFolder folder,
      Weights weights,
      StopRequest stop,
      RunRecord record) {
    Architectures architectures = job.architectures();
    if (architectures == null) {
      architectures = deepNets(config.architectures().split());
    }
    EvaluationImages validation =
        EvaluationImages.of(
            images.validation(),
            images.normalisation(),
            config.images().batch(),
            Integer.MAX_VALUE);
    NetworkLoss loss =
        new NetworkLoss(
            weights.leaves().values().iterator().next().getDevice(),
            config.optimizer().normPenalty(),
            config.optimizer().squaredPenalty(),
            config.optimizer().labelSmoothing());
    BatchOptions options =
        BatchOptions.training(config.images().batch(), Integer.MAX_VALUE, config.run().seed());
    Schedule schedule = config.schedule();
    try (MetaBatchStep step = new MetaBatchStep(weights.ghn(), loss, job.workers(), times);
        NetworkStream networks =
            new NetworkStream(
                architectures,
                config.optimizer().metaBatch(),
                progress.step,
                evaluatedHashes(),
                times);
        Batches batches =
            new Batches(
                images.training(),
                images.augmentation(config.images()),
                options,
                progress.position)) {
      while (!stop.isRequested() && (steps() < 0 || progress.step < steps())) {
        double done =
            steps() < 0 ? stop.fractionOfTime() : (double) progress.step / config.run().steps();
        double rate = config.optimizer().learningRate() * schedule.at(done);
        take(step, networks.next(), batches, weights, rate);
        progress.seconds = stop.elapsed().toNanos() / 1e9;
        progress.waiting = networks.waitingSeconds() + batches.waitingSeconds();
        if (progress.step % config.run().logEvery() == 0) {
          record.log(progress, batches.perEpoch(), rate);
          observer.step(
              progress.step,
              steps(),
              record.loss(),
              record.top1(),
              record.networksPerSecond(),
              done);
        }
        if (progress.step % config.run().validateEvery() == 0) {
          validate(weights, validation, folder, record);
        }
        if (progress.step % config.run().saveEvery() == 0) {
          weights.store(folder, progress.values());
        }
      }
      progress.seconds = stop.elapsed().toNanos() / 1e9;
      if (!stop.isInterrupted() && progress.validatedStep != progress.step) {
        validate(weights, validation, folder, record);
      }
      weights.store(folder, progress.values());
      weights.writeCheckpoint(folder.file("last.safetensors"), name(), provenance());
      return stop.isInterrupted() ? "interrupted" : stop.isRequested() ? "time" : "finished";
    }
  }

  /** Of the networks that the run is evaluated with. */
  private Set<String> evaluatedHashes() {
    DeepNets networks = deepNets(Split.VAL);
    return LongStream.range(0, config.run().validationNetworks())
        .mapToObj(i -> GraphImporter.importGraph(networks.get(i).model()).graph())
        .map(ArchitectureHash::of)
        .collect(Collectors.toSet());
  }

  private DeepNets deepNets(Split split) {
    return DeepNets.of(
        split,
        config.architectures().variant(),
        config.architectures().space(),
        config.architectures().seed(),
        config.hypernetwork().numClasses());
  }

  /** One step; without a finite loss or gradient, no weight changes. */
  private void take(
      MetaBatchStep step,
      List<TargetNetwork> networks,
      Batches batches,
      Weights weights,
      double rate) {
    try (Batch batch = batches.next();
        NDManager manager = NDManager.newBaseManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      progress.position = batches.position();
      progress.step++;
      if (tooLarge(networks)) {
        progress.skipped++;
        return;
      }
      int size = config.architectures().variant().imageSize();
      NDArray images = manager.create(batch.images(), new Shape(batch.size(), 3, size, size));
      NDArray labels =
          manager.create(
              LongStream.range(0, batch.size()).map(i -> batch.labels()[(int) i]).toArray());
      weights.optimizer().zeroGradients();
      MetaBatchStep.Outcome outcome =
          step.run(networks, images, labels, config.run().seed() * 1_000_003 + progress.step);
      double norm =
          times.during(
              Phase.UPDATE,
              () -> GradientClip.clip(weights.leaves().values(), config.optimizer().clip()));
      if (Double.isFinite(outcome.loss()) && Double.isFinite(norm)) {
        times.during(
            Phase.UPDATE,
            () -> {
              weights.update(rate);
              return null;
            });
        progress.skippedInARow = 0;
        progress.add(outcome, norm, networks.size());
      } else {
        skip(rate);
      }
    } finally {
      networks.forEach(TargetNetwork::close);
    }
  }

  /** As the reference: a meta-batch of very large graphs is left out (GHN3.md 9.5). */
  private boolean tooLarge(List<TargetNetwork> networks) {
    int nodes = networks.stream().mapToInt(network -> network.graph().size()).sum();
    int metaBatch = networks.size();
    return metaBatch > 1 && nodes > NODES / 8 * Math.max(8, metaBatch);
  }

  private void skip(double rate) {
    progress.skipped++;
    progress.skippedInARow++;
    observer.note("step " + progress.step + ": the loss is not finite; skipped");
    if (progress.skippedInARow >= MAX_SKIPPED) {
      throw new TrainingException(
          TrainingException.NOT_FINITE,
          "the loss was not finite in %d steps one after the other, learning rate %.3g"
              .formatted(MAX_SKIPPED, rate),
          "Use a lower optimizer.learningRate, a longer optimizer.warmup or a larger"
              + " optimizer.normPenalty; the run folder has the last good state.");
    }
  }

  private void validate(
      Weights weights, EvaluationImages images, RunFolder folder, RunRecord record) {
    List<ZeroShot.Result> results =
        ZeroShot.evaluate(
            weights.evaluated(),
            deepNets(Split.VAL),
            config.run().validationNetworks(),
            images,
            job.workers(),
            done -> {});
    ZeroShot.Summary summary = ZeroShot.Summary.of(results);
    boolean best = summary.mean() > progress.best;
    progress.validatedStep = progress.step;
    if (best) {
      progress.best = summary.mean();
      progress.bestStep = progress.step;
      weights.writeCheckpoint(folder.file("best.safetensors"), name(), provenance());
    }
    record.validated(progress.step, summary);
    observer.validated(progress.step, summary.mean(), best);
  }

  private String name() {
    return String.valueOf(job.run().getFileName());
  }

  private Map<String, String> provenance() {
    Map<String, String> provenance = new LinkedHashMap<>();
    provenance.put("training.config", ConfigFile.write(config));
    provenance.put("training.steps", Long.toString(progress.step));
    provenance.put("training.seconds", Long.toString(Math.round(progress.seconds)));
    return provenance;
  }

  private TrainingReport report(RunFolder folder, String ended) {
    return new TrainingReport(
        progress.step,
        progress.position.epoch(),
        progress.seconds,
        progress.best,
        progress.bestStep,
        folder.file("best.safetensors").toString(),
        progress.skipped,
        progress.waiting / Math.max(1e-9, progress.seconds),
        times.seconds(),
        ended);
  }
}
