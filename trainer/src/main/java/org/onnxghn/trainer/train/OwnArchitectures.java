package org.onnxghn.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.onnx.OnnxGhnException;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.deepnets.ArchitectureException;
import org.onnxghn.trainer.deepnets.ModelFiles;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.exec.Program;

/** Tries users' own architectures out before a run begins: what does not fit is said at once. */
final class OwnArchitectures {
  private static final int BATCH = 2;

  private OwnArchitectures() {}

  /**
   * Runs each of them once, on black images, with predicted parameters.
   *
   * @param imageSize rows and columns
   * @throws ArchitectureException OG-531 with all that cannot be trained with
   */
  static void tryOut(ModelFiles files, Ghn ghn, int imageSize) {
    List<String> refused = new ArrayList<>();
    for (long i = 0; i < files.size(); i++) {
      Architecture architecture = files.get(i);
      try {
        Shape logits = logits(architecture, ghn, imageSize);
        if (!logits.equals(new Shape(BATCH, ghn.config().numClasses()))) {
          refused.add(
              "%s: gives %s for %d images, not %d scores for each"
                  .formatted(architecture.name(), logits, BATCH, ghn.config().numClasses()));
        }
      } catch (OnnxGhnException e) {
        refused.add(architecture.name() + ": " + e.getMessage());
      }
    }
    if (!refused.isEmpty()) {
      throw new ArchitectureException(
          ArchitectureException.UNUSABLE,
          "%d of %d files cannot be trained with: %s"
              .formatted(refused.size(), files.size(), String.join("; ", refused)),
          "Leave them out; they must take batches of %dx%d images."
              .formatted(imageSize, imageSize));
    }
  }

  private static Shape logits(Architecture architecture, Ghn ghn, int size) {
    try (TargetNetwork network = TargetNetwork.of(architecture);
        NDManager manager = NDManager.newBaseManager(ghn.parameters().manager().getDevice());
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray images = manager.zeros(new Shape(BATCH, 3, size, size));
      return Autograd.off(
          () ->
              network
                  .run(
                      images,
                      ghn.forward(List.of(network.graph()), 0).get(0),
                      Program.Mode.BATCH_STATISTICS,
                      0)
                  .getShape());
    }
  }
}
