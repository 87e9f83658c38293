package org.onnxghn.trainer.train;

/** Hears how training goes. */
public interface TrainingObserver {
  /**
   * Something that takes long before the run begins goes on.
   *
   * @param what such as {@code decoding images}
   * @param total or -1 where it is not known
   */
  void preparing(String what, long done, long total);

  /** The run is about to begin, with images in memory. */
  void begins(long steps, int images);

  /**
   * A step was taken.
   *
   * @param steps of the run, or -1 where time decides
   */
  void step(
      long step, long steps, double loss, double top1, double networksPerSecond, double progress);

  /** The networks of the split val were evaluated. */
  void validated(long step, double top1, boolean best);

  /** Something that should be seen. */
  void note(String message);
}
