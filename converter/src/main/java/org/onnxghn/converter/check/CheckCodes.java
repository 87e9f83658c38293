package org.onnxghn.converter.check;

/**
 * Stable codes of {@code check}: refusals OG-410 to OG-419 (OG-413 is {@code inspect}'s), findings
 * OG-470 to OG-479, advice OG-480 to OG-489.
 */
public final class CheckCodes {
  /** The baseline cannot be read, or is none. */
  public static final String BASELINE = "OG-410";

  /** A folder or a pattern holds no model. */
  public static final String NO_MODELS = "OG-411";

  /** A bug of ours stopped the check of one model, or a command. */
  public static final String BUG = "OG-419";

  /** The trainer does not run this operator. */
  public static final String NOT_EXECUTABLE = "OG-470";

  /** Published results of networks of this family are better than with random initialisation. */
  public static final String FAMILY_GAINED = "OG-480";

  /** Published results of networks of this family are worse than with random initialisation. */
  public static final String FAMILY_LOST = "OG-481";

  /** Train with a lower learning rate. */
  public static final String LOWER_LEARNING_RATE = "OG-482";

  /** Add noise before fine-tuning. */
  public static final String ADD_NOISE = "OG-483";

  /** Export the model with its BatchNorm layers. */
  public static final String UNFOLD_BATCH_NORM = "OG-484";

  private CheckCodes() {}
}
