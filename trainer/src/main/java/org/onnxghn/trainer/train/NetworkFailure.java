package org.onnxghn.trainer.train;

import java.util.List;
import org.onnxghn.onnx.OnnxGhnException;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.TensorShapeProto.Dimension;
import org.onnxghn.onnx.proto.ValueInfoProto;

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
            .formatted(name, images, fixedBatch(model, input, images), failure.getMessage());
    return new TrainingException(TrainingException.NETWORK, message, failure.fix(), failure);
  }

  /** That the file is made for batches of another size; empty where it is not. */
  static String fixedBatch(OnnxModel model, String input, long images) {
    for (ValueInfoProto value : model.proto().getGraph().getInputList()) {
      List<Dimension> dims = value.getType().getTensorType().getShape().getDimList();
      long fixed = dims.isEmpty() ? 0 : dims.get(0).getDimValue();
      if (value.getName().equals(input) && fixed > 0 && fixed != images) {
        return " (its input %s is made for batches of %d: export it with a free batch dimension, in PyTorch by dynamic_axes)"
            .formatted(input, fixed);
      }
    }
    return "";
  }
}
