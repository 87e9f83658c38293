package org.onnxghn.converter.initializers;

import java.util.Arrays;

/**
 * What PyTorch and the papers' own code start such a tensor with.
 *
 * <ul>
 *   <li>Weights of Conv, ConvTranspose, Linear: {@code kaiming_uniform_(a=sqrt(5))}, which is
 *       uniform within 1/sqrt(fan_in); their biases uniform within the same bound ({@code
 *       torch.nn.Linear.reset_parameters}, {@code torch.nn.modules.conv._ConvNd.reset_parameters}).
 *       A bias without a known weight is 0.
 *   <li>Normalisation: scale 1, shift 0, running mean 0, running variance 1 ({@code
 *       torch.nn.modules.batchnorm}).
 *   <li>Embedding: standard normal ({@code torch.nn.Embedding}).
 *   <li>LSTM, GRU, RNN: uniform within 1/sqrt(hidden), biases too ({@code torch.nn.RNNBase}).
 *   <li>PRelu: 0.25 ({@code torch.nn.PReLU}).
 *   <li>Class token, position encoding, relative position bias: truncated normal, std 0.02 (timm's
 *       {@code vision_transformer.py}; torchvision's {@code swin_transformer.py}).
 *   <li>Layer scale: 1e-6 (ConvNeXt, arXiv 2201.03545; torchvision's {@code convnext.py}).
 *   <li>Logit scale: log 10 (Swin V2, arXiv 2111.09883; torchvision's {@code swin_transformer.py}).
 *   <li>Unknown use: truncated normal, std 0.02, a small value that breaks symmetry.
 * </ul>
 */
public final class StandardInitializer implements Initializer {
  private static final double SMALL = 0.02;

  @Override
  public void fill(float[] values, Target target, RandomStream random) {
    switch (target.role()) {
      case WEIGHT -> uniform(values, bound(target.fans().in()), random);
      case BIAS -> {
        if (target.fans() == null) {
          Arrays.fill(values, 0);
        } else {
          uniform(values, bound(target.fans().in()), random);
        }
      }
      case NORM_WEIGHT, RUNNING_VARIANCE -> Arrays.fill(values, 1);
      case NORM_BIAS, RUNNING_MEAN -> Arrays.fill(values, 0);
      case EMBEDDING -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) random.normal();
        }
      }
      case RECURRENT_INPUT_WEIGHT, RECURRENT_WEIGHT, RECURRENT_BIAS ->
          uniform(values, bound(target.hidden()), random);
      case ACTIVATION_SLOPE -> Arrays.fill(values, 0.25f);
      case LAYER_SCALE -> Arrays.fill(values, 1e-6f);
      case LOGIT_SCALE -> Arrays.fill(values, (float) Math.log(10));
      case POSITION_ENCODING, CLASS_TOKEN, RELATIVE_POSITION_BIAS, UNKNOWN -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) random.truncatedNormal(SMALL);
        }
      }
    }
  }

  private static double bound(long fanIn) {
    return 1 / Math.sqrt(Math.max(1, fanIn));
  }

  private static void uniform(float[] values, double bound, RandomStream random) {
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.uniform(bound);
    }
  }
}
