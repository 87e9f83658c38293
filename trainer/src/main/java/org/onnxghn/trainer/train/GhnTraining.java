package org.onnxghn.trainer.train;

import ai.djl.Device;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.converter.TextFile;
import org.onnxghn.trainer.data.Batch;
import org.onnxghn.trainer.data.BatchOptions;
import org.onnxghn.trainer.data.Batches;
import org.onnxghn.trainer.eval.ZeroShot;
import org.onnxghn.trainer.exec.ComputeThreads;
import org.onnxghn.trainer.exec.Precision;
import org.onnxghn.trainer.optim.Schedule;
import org.onnxghn.trainer.run.RunFolder;
import org.onnxghn.trainer.run.StopRequest;

/**
 * Trains a hypernetwork (paper, section 3): each step draws a meta-batch of architectures, predicts
 * their parameters, and moves the hypernetwork so that these classify a batch of images better.
 * Stored states go on with the same numbers as a run that was never interrupted.
 */
public final class GhnTraining {
  private static final String BEST = "best";

  private final TrainingConfig config;
  private final TrainingJob job;
  private final TrainingObserver observer;
  private final PhaseTimes times = new PhaseTimes();
  private final TrainingProgress progress = new TrainingProgress();
  private final LossScale scale;
  private Duration limit;
  private long firstStep;
  private double firstSecond;
  private int batchesOfEpoch;

  private GhnTraining(TrainingConfig config, TrainingJob job, TrainingObserver observer) {
    this.config = config;
    this.job = job;
    this.observer = observer;
    this.scale = new LossScale(config.precision(job.devices()) == Precision.FLOAT16);
  }

  /**
   * Trains until the steps are done, the time is up, or somebody interrupts.
   *
   * @throws TrainingException OG-540 to OG-544
   * @throws org.onnxghn.trainer.run.RunException OG-510 to OG-514 for the run folder
   */
  public static TrainingReport run(
      TrainingConfig config, TrainingJob job, TrainingObserver observer) {
    GhnTraining training = new GhnTraining(config, job, observer);
    return ComputeThreads.dividedAmong(job.devices().workers(), training::run);
  }

  private TrainingReport run() {
    if (!job.resume()) {
      RunFolder.requireNew(job.run());
    }
    TrainingImages images = TrainingImages.open(config, job, observer);
    Validation validation = new Validation(config, images, job.devices().workers());
    Set<String> evaluated = validation.hashes();
    try (Weights weights = weights(evaluated);
        RunFolder folder = job.resume() ? RunFolder.open(job.run()) : RunFolder.create(job.run())) {
      RunFiles files = new RunFiles(folder, config, job, images, weights, progress, scale);
      if (job.resume()) {
        files.restore();
      } else {
        TextFile.write(folder.file(RunFolder.CONFIG), ConfigFile.write(config));
        // Whatever happens from here on, --resume goes on.
        files.store();
      }
      limit = files.limit();
      firstStep = progress.step;
      firstSecond = progress.seconds;
      observer.begins(steps(), images.training().size());
      int left = images.validation().size() - validation.imageCount();
      if (left > 0) {
        observer.note(
            "%d of %d images that are held out are not evaluated with: BatchNorm needs whole batches"
                .formatted(left, images.validation().size()));
      }
      try (StopRequest stop =
              new StopRequest(limit, Duration.ofNanos((long) (progress.seconds * 1e9)));
          RunRecord record = new RunRecord(folder, progress.step)) {
        String ended = train(images, validation, evaluated, files, weights, stop, record);
        if (stop.isInterrupted()) {
          // The JVM is ending: it waits for this run, but draws nothing any more.
          observer.note(
              "interrupted; go on with --resume --run %s --data %s%s"
                  .formatted(
                      job.run(),
                      job.data(),
                      job.files() == null ? "" : ", --architectures and --share as before"));
        } else {
          record.drawCurves();
          noteShallow();
        }
        return report(files, ended);
      }
    }
  }

  /** As they begin; the files are tried out with them, before anything is written. */
  private Weights weights(Set<String> evaluated) {
    Weights weights = new Weights(config, job.start(), job.devices().first());
    try {
      // What the start says of itself may be no number, and there may be no network that is small
      // enough for so many classes.
      new Provenance(config, job, weights.startProvenance());
      job.architectures(config).get(0);
      if (job.files() != null) {
        job.files().requireDisjoint(evaluated, "evaluated");
        OwnArchitectures.tryOut(
            job.files(),
            weights.ghn(),
            config.architectures().variant().imageSize(),
            config.images().batch(),
            observer);
      }
      return weights;
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  private void noteShallow() {
    long shallow = config.architectures().shallowSteps();
    boolean onlyFiles = job.files() != null && job.share() == 1;
    if (progress.step > firstStep && progress.step < shallow && !onlyFiles) {
      observer.note(
          "all DeepNets were shallow ones, as architectures.shallowSteps=%d says: train longer, or"
                  .formatted(shallow)
              + " set fewer");
    }
  }

  /** Steps of the run; -1 where time decides. */
  private long steps() {
    return limit == null ? config.run().steps() : -1;
  }

  private String train(
      TrainingImages images,
      Validation validation,
      Set<String> evaluated,
      RunFiles files,
      Weights weights,
      StopRequest stop,
      RunRecord record) {
    BatchOptions options =
        BatchOptions.training(config.images().batch(), Integer.MAX_VALUE, config.run().seed());
    Schedule schedule = config.schedule();
    try (Replicas replicas = new Replicas(weights.ghn(), job.devices().replicas());
        MetaBatchStep gradient =
            new MetaBatchStep(withLoss(replicas), job.devices().workers(), times);
        NetworkStream networks =
            new NetworkStream(
                job.architectures(config),
                config.optimizer().metaBatch(),
                progress.step,
                evaluated,
                config.precision(job.devices()),
                job.devices().devices(),
                times);
        Batches batches =
            new Batches(
                images.training(),
                images.augmentation(config.images()),
                options,
                progress.position)) {
      batchesOfEpoch = batches.perEpoch();
      GuardedStep step =
          new GuardedStep(
              config,
              job.files() != null,
              weights,
              replicas,
              scale,
              gradient,
              progress,
              times,
              observer);
      double rate = 0;
      while (!stop.isRequested() && (steps() < 0 || progress.step < steps())) {
        double done =
            steps() < 0 ? stop.fractionOfTime() : (double) progress.step / config.run().steps();
        rate = config.optimizer().learningRate() * schedule.at(done);
        take(step, networks.next(), batches, rate);
        progress.seconds = stop.elapsed().toNanos() / 1e9;
        progress.waiting = networks.waitingSeconds() + batches.waitingSeconds();
        boolean due = progress.step % config.run().validateEvery() == 0 || progress.step == steps();
        ZeroShot.Summary validated = due ? validate(weights, validation, files, record) : null;
        if (due || progress.step % config.run().logEvery() == 0) {
          record.log(progress, batchesOfEpoch, rate, validated);
          observer.step(
              progress.step,
              steps(),
              record.loss(),
              record.top1(),
              record.networksPerSecond(),
              done);
          if (due) {
            record.drawCurves();
          }
        }
        if (progress.step % config.run().saveEvery() == 0) {
          files.store();
        }
        if (config.run().keepEvery() > 0
            && progress.step % config.run().keepEvery() == 0
            && weights.areFinite()) {
          files.writeCheckpoint("step-" + progress.step);
        }
      }
      progress.seconds = stop.elapsed().toNanos() / 1e9;
      if (!stop.isInterrupted() && progress.validatedStep != progress.step) {
        record.log(progress, batchesOfEpoch, rate, validate(weights, validation, files, record));
      }
      files.store();
      return stop.isInterrupted() ? "interrupted" : stop.isRequested() ? "time" : "finished";
    }
  }

  private List<MetaBatchStep.Replica> withLoss(Replicas replicas) {
    TrainingConfig.OptimizerOptions options = config.optimizer();
    return replicas.all().stream()
        .map(
            ghn ->
                new MetaBatchStep.Replica(
                    ghn,
                    new NetworkLoss(
                        ghn.parameters().manager().getDevice(),
                        options.normPenalty(),
                        options.squaredPenalty(),
                        options.labelSmoothing())))
        .toList();
  }

  private void take(GuardedStep step, List<TargetNetwork> networks, Batches batches, double rate) {
    try (Batch batch = batches.next()) {
      progress.position = batches.position();
      step.take(networks, batch, rate);
    } finally {
      networks.forEach(TargetNetwork::close);
    }
  }

  private ZeroShot.Summary validate(
      Weights weights, Validation validation, RunFiles files, RunRecord record) {
    ZeroShot.Summary summary = record.apart(() -> validation.evaluate(weights.evaluated()));
    boolean best = summary.mean() > progress.best && weights.areFinite();
    progress.validatedStep = progress.step;
    if (best) {
      progress.best = summary.mean();
      progress.bestStep = progress.step;
      files.writeCheckpoint(BEST);
    }
    observer.validated(progress.step, summary.mean(), best);
    return summary;
  }

  /** Such as cpu or gpu:0. */
  private static String label(Device device) {
    return device.isGpu() ? "gpu:" + device.getDeviceId() : "cpu";
  }

  private TrainingReport report(RunFiles files, String ended) {
    Map<String, Double> cpu = times.seconds();
    Map<String, Double> perStep = new LinkedHashMap<>();
    double steps = progress.step - firstStep;
    if (steps > 0) {
      cpu.forEach((phase, seconds) -> perStep.put(phase, seconds / steps));
    }
    return new TrainingReport(
        progress.step,
        progress.position.epoch() + (double) progress.position.batch() / batchesOfEpoch,
        progress.seconds,
        progress.validatedStep > 0 ? progress.best : null,
        progress.bestStep,
        files.path(progress.validatedStep > 0 ? BEST : RunFiles.LAST).toString(),
        progress.skipped,
        progress.tooLarge,
        progress.waiting / Math.max(1e-9, progress.seconds - firstSecond),
        cpu,
        perStep,
        job.devices().devices().stream().map(GhnTraining::label).toList(),
        config.precision(job.devices()).toString(),
        ended);
  }
}
