package org.onnxghn.converter.initializers;

/** Fills a parameter with fresh values. Implementations hold no state. */
@FunctionalInterface
public interface Initializer {
  /**
   * @param values to be overwritten, row-major in {@code target.shape()}
   * @param target what the tensor is
   * @param random the only source of randomness
   */
  void fill(float[] values, Target target, RandomStream random);
}
