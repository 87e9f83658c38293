package org.onnxghn.trainer.train;

import org.onnxghn.onnx.OnnxGhnException;
import org.onnxghn.onnx.OnnxModel;

/** Says which network does not run, and whether the batch size that its file fixes may be why. */
public final class NetworkFailure {
  private NetworkFailure() {}

  /**
   * OG-541 for a run that failed.
   *
   * @param name of the network
   * @param input name of its images
   * @param images of the batch
   */
  public static TrainingException of(
      String name, OnnxModel model, String input, long images, OnnxGhnException failure) {
    String message =
        "network %s does not run on %d images%s: %s"
            .formatted(name, images, otherBatch(model, input, images), failure.getMessage());
    return new TrainingException(TrainingException.NETWORK, message, failure.fix(), failure);
  }

  /** That the file is made for batches of another size; empty where it is not. */
  static String otherBatch(OnnxModel model, String input, long images) {
    long fixed = fixedBatch(model, input);
    return fixed == 0 || fixed == images
        ? ""
        : " (its input %s is made for batches of %d: export it with a free batch dimension, in"
                .formatted(input, fixed)
            + " PyTorch by dynamic_axes)";
  }

  /** Images of a batch where the input fixes that, else 0. */
  static long fixedBatch(OnnxModel model, String input) {
    return model.proto().getGraph().getInputList().stream()
        .filter(value -> value.getName().equals(input))
        .map(value -> value.getType().getTensorType().getShape())
        .mapToLong(shape -> shape.getDimCount() == 0 ? 0 : shape.getDim(0).getDimValue())
        .findFirst()
        .orElse(0);
  }
}
