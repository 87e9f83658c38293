package org.onnxghn.converter;

/** Stable codes of this module: refusals OG-400 to OG-449, findings OG-450 to OG-499. */
public final class Codes {
  /** An option's value is out of range, or two options contradict each other. */
  public static final String OPTION = "OG-400";

  /** The output cannot be written. */
  public static final String OUTPUT = "OG-401";

  /** The output is the input, and that was not asked for. */
  public static final String OUTPUT_IS_INPUT = "OG-402";

  /** A tensor is too large for one Java array. */
  public static final String TOO_LARGE = "OG-403";

  /** The JVM's heap is too small for the model. */
  public static final String OUT_OF_MEMORY = "OG-404";

  /** BatchNorm's running statistics were reset. */
  public static final String STATISTICS_RESET = "OG-450";

  /** A parameter of the graph was not predicted and starts with a fallback initializer. */
  public static final String FALLBACK = "OG-451";

  /** A tensor of unknown use has no value and starts small and random. */
  public static final String UNKNOWN_RANDOM = "OG-452";

  /** The classifier starts at random, since its class count is not the checkpoint's. */
  public static final String RANDOM_HEAD = "OG-453";

  /** A tensor to be kept has no value: it stays an input of the model. */
  public static final String KEPT_WITHOUT_VALUE = "OG-454";

  /** A glob of {@code --keep} or {@code --only} matches no parameter. */
  public static final String UNMATCHED_GLOB = "OG-455";

  /** Coverage is below {@code --min-coverage}. */
  public static final String LOW_COVERAGE = "OG-456";

  /** ONNX Runtime does not load the result. */
  public static final String VERIFY_LOAD = "OG-460";

  /** ONNX Runtime does not run the result. */
  public static final String VERIFY_RUN = "OG-461";

  /** The result's outputs are not finite. */
  public static final String VERIFY_FINITE = "OG-462";

  private Codes() {}
}
