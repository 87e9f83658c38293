package org.onnxghn.converter.initializers;

import java.util.Arrays;
import java.util.Locale;

/** How a tensor starts that the hypernetwork does not predict. */
public enum FallbackMethod {
  /** What PyTorch starts that operator with. */
  STANDARD(new StandardInitializer()),
  HE(new HeInitializer()),
  XAVIER(new XavierInitializer()),
  ORTHOGONAL(new OrthogonalInitializer()),
  /** Literally: norm scales too. */
  ZERO((values, target, random) -> Arrays.fill(values, 0)),
  /** The value in the file; {@link #STANDARD} where the file has none. */
  KEEP(new StandardInitializer());

  private final Initializer initializer;

  FallbackMethod(Initializer initializer) {
    this.initializer = initializer;
  }

  /** What fills a tensor under this method. */
  public Initializer initializer() {
    return initializer;
  }

  /** As it is written on the command line. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
