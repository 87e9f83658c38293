package org.onnxghn.converter.initializers;

import java.util.Arrays;
import org.onnxghn.graph.Role;

/**
 * He et al., arXiv 1502.01852: weights normal with variance 2/fan_in, biases 0; other roles start
 * as {@link StandardInitializer} has them.
 */
public final class HeInitializer implements Initializer {
  private final Initializer others = new StandardInitializer();

  @Override
  public void fill(float[] values, Target target, RandomStream random) {
    if (target.role() == Role.WEIGHT) {
      double std = Math.sqrt(2.0 / target.fans().in());
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (std * random.normal());
      }
    } else if (target.role() == Role.BIAS) {
      Arrays.fill(values, 0);
    } else {
      others.fill(values, target, random);
    }
  }
}
