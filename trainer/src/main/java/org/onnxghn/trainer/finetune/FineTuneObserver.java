package org.onnxghn.trainer.finetune;

/** Hears how a run goes on. */
public interface FineTuneObserver {
  /** Hears nothing. */
  FineTuneObserver SILENT = new FineTuneObserver() {};

  /** A part of the work begins, such as {@code reading images}. */
  default void step(String name) {}

  /**
   * Training begins.
   *
   * @param step how many were taken before, by an interrupted run
   * @param steps in all, or -1 where time decides
   */
  default void training(long step, long steps) {}

  /**
   * A step was taken.
   *
   * @param loss mean since the last line of metrics
   * @param top1 of training images, likewise
   * @param imagesPerSecond likewise
   * @param done share of the training, from 0 to 1
   */
  default void trained(long step, double loss, double top1, double imagesPerSecond, double done) {}

  /** An epoch is over and evaluated. */
  default void evaluated(Milestone milestone, boolean isBest) {}

  /** Training is over; what comes is writing and verifying. */
  default void trainingEnded() {}

  /**
   * The run is over, or interrupted: the last call. A process that was asked to end may end as soon
   * as this returns.
   */
  default void finished(FineTuneReport report) {}
}
