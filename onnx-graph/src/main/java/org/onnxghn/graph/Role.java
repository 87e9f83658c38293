package org.onnxghn.graph;

import java.util.Locale;

/**
 * What a parameter does in the layer that uses it. Decides its standard initializer when it is not
 * predicted.
 */
public enum Role {
  /** Convolution, linear or attention projection weight. */
  WEIGHT,
  /** Bias of such a layer. */
  BIAS,
  NORM_WEIGHT,
  NORM_BIAS,
  /** BatchNorm running mean: a statistic, not trainable. */
  RUNNING_MEAN,
  /** BatchNorm running variance: a statistic, not trainable. */
  RUNNING_VARIANCE,
  POSITION_ENCODING,
  /** Rows looked up by Gather. */
  EMBEDDING,
  CLASS_TOKEN,
  /** Scale of a residual branch, one factor a channel (ConvNeXt, CaiT). */
  LAYER_SCALE,
  RELATIVE_POSITION_BIAS,
  /** Logarithm of the factor on attention's logits, one a head (Swin V2). */
  LOGIT_SCALE,
  /** Slope of PRelu. */
  ACTIVATION_SLOPE,
  /** Input weights of LSTM, GRU, RNN. */
  RECURRENT_INPUT_WEIGHT,
  /** Hidden-to-hidden weights of LSTM, GRU, RNN. */
  RECURRENT_WEIGHT,
  RECURRENT_BIAS,
  /** A float tensor whose use says nothing about how it should start. */
  UNKNOWN;

  /** As it stands in our output, such as {@code norm_weight}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** False for statistics, which training updates without a gradient. */
  public boolean isTrainable() {
    return this != RUNNING_MEAN && this != RUNNING_VARIANCE;
  }
}
