package org.onnxghn.converter;

/** Stable codes of this module: refusals OG-400 to OG-449, findings OG-450 to OG-499. */
public final class Codes {
  /** An option's value is out of range, or two options contradict each other. */
  public static final String OPTION = "OG-400";

  /** The output cannot be written. */
  public static final String OUTPUT = "OG-401";

  /** A file or folder that the request names does not exist or cannot be read. */
  public static final String NOT_READABLE = "OG-402";

  /** The hypernetwork predicted a value that is not finite. */
  public static final String NOT_FINITE = "OG-403";

  /** A tensor is too large for one Java array. */
  public static final String TOO_LARGE = "OG-404";

  /** BatchNorm's running statistics were reset. */
  public static final String STATISTICS_RESET = "OG-450";

  /** BatchNorm looks folded into convolutions. */
  public static final String FOLDED_BATCH_NORM = "OG-451";

  /** A parameter was not predicted and starts with a fallback initializer. */
  public static final String FALLBACK = "OG-452";

  /** A tensor of unknown use keeps its value. */
  public static final String UNKNOWN_KEPT = "OG-453";

  /** A tensor of unknown use has no value and starts small and random. */
  public static final String UNKNOWN_RANDOM = "OG-454";

  /** The classifier starts at random. */
  public static final String RANDOM_HEAD = "OG-455";

  /** A tensor to be kept has no value: it stays an input of the model. */
  public static final String KEPT_WITHOUT_VALUE = "OG-456";

  /** Integer or quantised weights are kept. */
  public static final String NOT_FLOAT = "OG-457";

  /** Coverage is below {@code --min-coverage}. */
  public static final String LOW_COVERAGE = "OG-458";

  /** A glob of {@code --keep} or {@code --only} matches no parameter. */
  public static final String UNMATCHED_GLOB = "OG-459";

  /** ONNX Runtime does not load the result. */
  public static final String VERIFY_LOAD = "OG-460";

  /** ONNX Runtime does not run the result. */
  public static final String VERIFY_RUN = "OG-461";

  /** The result's outputs are not finite. */
  public static final String VERIFY_FINITE = "OG-462";

  private Codes() {}
}
