package org.onnxghn.graph;

import java.util.Locale;

/**
 * The node types of DeepNets-1M; the ordinal is the row of the hypernetwork's {@code embed.weight}.
 */
public enum Primitive {
  MAX_POOL,
  AVG_POOL,
  SEP_CONV,
  DIL_CONV,
  CONV,
  MSA,
  CSE,
  SUM,
  CONCAT,
  INPUT,
  BIAS,
  BN,
  LN,
  POS_ENC,
  GLOB_AVG;

  /** The name in the reference and in our output, such as {@code sep_conv}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
