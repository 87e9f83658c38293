package org.onnxghn.converter.initializers;

import java.util.Arrays;
import org.onnxghn.graph.Role;

/**
 * Glorot and Bengio, AISTATS 2010: weights uniform within sqrt(6/(fan_in + fan_out)), biases 0;
 * other roles start as {@link StandardInitializer} has them.
 */
public final class XavierInitializer implements Initializer {
  private final Initializer others = new StandardInitializer();

  @Override
  public void fill(float[] values, Target target, RandomStream random) {
    if (target.role() == Role.WEIGHT) {
      double bound = Math.sqrt(6.0 / (target.fans().in() + target.fans().out()));
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.uniform(bound);
      }
    } else if (target.role() == Role.BIAS) {
      Arrays.fill(values, 0);
    } else {
      others.fill(values, target, random);
    }
  }
}
