package org.onnxghn.trainer.train;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.onnxghn.converter.TextFile;
import org.onnxghn.trainer.data.Batch;
import org.onnxghn.trainer.data.BatchOptions;
import org.onnxghn.trainer.data.Batches;
import org.onnxghn.trainer.deepnets.Architectures;
import org.onnxghn.trainer.eval.ZeroShot;
import org.onnxghn.trainer.exec.ComputeThreads;
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
      architectures = config.deepNets(config.architectures().split());
    }
    Validation validation = new Validation(config, images, job.workers());
    NetworkLoss loss =
        new NetworkLoss(
            weights.leaves().values().iterator().next().getDevice(),
            config.optimizer().normPenalty(),
            config.optimizer().squaredPenalty(),
            config.optimizer().labelSmoothing());
    BatchOptions options =
        BatchOptions.training(config.images().batch(), Integer.MAX_VALUE, config.run().seed());
    Schedule schedule = config.schedule();
    try (MetaBatchStep gradient = new MetaBatchStep(weights.ghn(), loss, job.workers(), times);
        NetworkStream networks =
            new NetworkStream(
                architectures,
                config.optimizer().metaBatch(),
                progress.step,
                validation.hashes(),
                times);
        Batches batches =
            new Batches(
                images.training(),
                images.augmentation(config.images()),
                options,
                progress.position)) {
      GuardedStep step = new GuardedStep(config, weights, gradient, progress, times, observer);
      while (!stop.isRequested() && (steps() < 0 || progress.step < steps())) {
        double done =
            steps() < 0 ? stop.fractionOfTime() : (double) progress.step / config.run().steps();
        double rate = config.optimizer().learningRate() * schedule.at(done);
        take(step, networks.next(), batches, rate);
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

  private void take(GuardedStep step, List<TargetNetwork> networks, Batches batches, double rate) {
    try (Batch batch = batches.next()) {
      progress.position = batches.position();
      step.take(networks, batch, rate);
    } finally {
      networks.forEach(TargetNetwork::close);
    }
  }

  private void validate(
      Weights weights, Validation validation, RunFolder folder, RunRecord record) {
    ZeroShot.Summary summary = validation.evaluate(weights.evaluated());
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
