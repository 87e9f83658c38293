package org.onnxghn.trainer.optim;

import ai.djl.ndarray.NDArray;
import java.util.Map;

/**
 * Updates leaf tensors from their gradients, in place. Its state is open, so that an interrupted
 * run goes on as if it had not been interrupted.
 */
public interface Optimizer extends AutoCloseable {
  /**
   * One step with the gradients that the leaves hold. That of a leaf that the loss does not depend
   * on is zero.
   *
   * @param learningRate of this step
   */
  void step(double learningRate);

  /** Forgets the gradients of all leaves: to be called before each backward. */
  void zeroGradients();

  /** The tensors of the optimizer by name, {@code KIND/PARAMETER}: live ones, not copies. */
  Map<String, NDArray> state();

  /** How many steps were taken. */
  long steps();

  /**
   * Goes back to a stored state.
   *
   * @param state tensors by the names of {@link #state}, copied from; others are left out of
   *     account
   * @throws org.onnxghn.trainer.run.RunException OG-513 when one is missing or has another shape
   */
  void restore(Map<String, NDArray> state, long steps);

  /** Frees the state; the leaves belong to whoever made them. */
  @Override
  void close();
}
