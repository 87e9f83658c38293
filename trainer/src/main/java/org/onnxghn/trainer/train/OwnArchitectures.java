package org.onnxghn.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.onnx.OnnxGhnException;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.deepnets.ArchitectureException;
import org.onnxghn.trainer.deepnets.Architectures;
import org.onnxghn.trainer.deepnets.ModelFiles;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.exec.Program;

/** Tries users' own architectures out before work begins: what does not fit is said at once. */
public final class OwnArchitectures {
  private static final int BATCH = 2;

  private OwnArchitectures() {}

  /**
   * Runs each file with predicted parameters, to be trained with.
   *
   * @param batch images of a step
   */
  static void tryOut(
      ModelFiles files, Ghn ghn, int imageSize, int batch, TrainingObserver observer) {
    AtomicLong done = new AtomicLong();
    tryOut(
        files,
        files.size(),
        imageSize,
        "trained with",
        architecture -> {
          runPredicted(architecture, ghn, imageSize, batch);
          observer.preparing("trying networks", done.incrementAndGet(), files.size());
        });
  }

  /**
   * Tries the first so many files out. Architectures that are made, and not read, fit.
   *
   * @param imageSize rows and columns
   * @param use what they are for, such as {@code trained with}
   * @param trial of one; throws what is wrong with it
   * @throws ArchitectureException OG-531 with all that are refused
   */
  public static void tryOut(
      Architectures architectures,
      long count,
      int imageSize,
      String use,
      Consumer<Architecture> trial) {
    if (!(architectures instanceof ModelFiles)) {
      return;
    }
    List<String> refused = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      Architecture architecture = architectures.get(i);
      try {
        trial.accept(architecture);
      } catch (OnnxGhnException e) {
        refused.add(ModelFiles.refusal(architecture.properties().get("file"), e));
      }
    }
    if (!refused.isEmpty()) {
      throw new ArchitectureException(
          ArchitectureException.UNUSABLE,
          "%d of %d files cannot be %s: %s"
              .formatted(refused.size(), count, use, String.join("; ", refused)),
          "Leave them out; they must take batches of %dx%d images and give a row of scores for each."
              .formatted(imageSize, imageSize));
    }
  }

  /**
   * Runs a network on two black images, with predicted parameters.
   *
   * @param batch images that it is for: one that is made for a number of images is run on so many
   * @throws OnnxGhnException when it does not run, has nothing to predict, or does not give a score
   *     for each class that the hypernetwork predicts for
   */
  public static void runPredicted(Architecture architecture, Ghn ghn, int imageSize, int batch) {
    try (TargetNetwork network = TargetNetwork.of(architecture);
        NDManager manager = NDManager.newBaseManager(ghn.parameters().manager().getDevice());
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      int count = network.fixedBatch() == 0 ? BATCH : batch;
      NDArray images = manager.zeros(new Shape(count, 3, imageSize, imageSize));
      NDArray scores =
          Autograd.off(
              () -> {
                Map<ParameterSlot, NDArray> predicted =
                    ghn.forward(List.of(network.graph()), 0).get(0);
                if (predicted.isEmpty()) {
                  throw new TrainingException(
                      TrainingException.NETWORK,
                      "network " + network.name() + " has no parameter that is predicted",
                      "Leave it out; 'onnx-ghn check' says why.");
                }
                return network.run(images, predicted, Program.Mode.BATCH_STATISTICS, 0);
              });
      network.requireScores(scores, count, ghn.config().numClasses());
    }
  }
}
