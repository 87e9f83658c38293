package org.onnxghn.trainer.finetune;

import ai.djl.ndarray.NDScope;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.trainer.data.Batch;
import org.onnxghn.trainer.data.BatchOptions;
import org.onnxghn.trainer.data.Batches;
import org.onnxghn.trainer.data.Position;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.exec.Program;
import org.onnxghn.trainer.optim.Optimizer;
import org.onnxghn.trainer.optim.Schedule;

/**
 * One model, trained once for a number of steps: what a comparison of initial values is made of.
 * The steps are those of {@link FineTuning}, and the schedule ends with the last one, also where
 * that is a fraction of an epoch; nothing is stored.
 */
public final class Trial implements AutoCloseable {
  /** Batches that BatchNorm's running statistics see after the last step: 0.9^32 is 3 %. */
  private static final int STATISTICS_BATCHES = 32;

  /** Slower statistics would still be near their first values then: 0.9997^32 is 99 %. */
  private static final float SLOWEST_MOMENTUM = 0.9f;

  private final OnnxModel model;
  private final Network network;
  private final Images training;
  private final Normalisation normalisation;
  private final AugmentationChoice augmentation;

  /**
   * Prepares a model with initial values.
   *
   * @param newHead classes of a new classifier, or 0 to keep the model's
   * @param training images; their size is that of the model's input
   * @param seed of a new head
   * @throws org.onnxghn.onnx.OnnxGhnException when the model cannot be trained on these images
   */
  public Trial(
      OnnxModel model,
      int newHead,
      Images training,
      Normalisation normalisation,
      AugmentationChoice augmentation,
      long seed) {
    this.model = newHead == 0 ? model : NewHead.replace(model, newHead, seed);
    this.training = training;
    this.normalisation = normalisation;
    this.augmentation = augmentation;
    this.network =
        new Network(
            quickStatistics(this.model), spec(training), List.of(), TrainingDevice.of("auto"));
    if (network.classes() != training.classNames().size()) {
      int classes = training.classNames().size();
      close();
      throw new FineTuneException(
          FineTuneException.CLASSES,
          "the model gives %d scores, the data set has %d classes"
              .formatted(network.classes(), classes),
          "Give images of as many classes, or evaluate the transfer to them.");
    }
  }

  /** The model with BatchNormalization that forgets old batches as fast as it usually does. */
  private static OnnxModel quickStatistics(OnnxModel model) {
    ModelProto.Builder proto = model.toProto().toBuilder();
    boolean changed = false;
    for (NodeProto.Builder node : proto.getGraphBuilder().getNodeBuilderList()) {
      if (!node.getOpType().equals("BatchNormalization")) {
        continue;
      }
      for (AttributeProto.Builder attribute : node.getAttributeBuilderList()) {
        if (attribute.getName().equals("momentum") && attribute.getF() > SLOWEST_MOMENTUM) {
          attribute.setF(SLOWEST_MOMENTUM);
          changed = true;
        }
      }
    }
    return changed ? OnnxModel.of(proto.build()) : model;
  }

  private static ImageSpec spec(Images images) {
    return ImageSpec.evaluation(images.channels(), images.height(), images.width());
  }

  /**
   * Steps of a number of epochs, at least one.
   *
   * @param epochs such as 0.1 or 3
   */
  public static long steps(int images, int batch, double epochs) {
    return Math.max(1, Math.round(epochs * Math.max(1, images / batch)));
  }

  /**
   * Trains. Afterwards BatchNorm's running statistics see some more batches, so that those of a few
   * steps do not depend on where they began.
   *
   * @param recipe its number of epochs is not looked at
   * @param seed of order and augmentation: the same one gives the same batches
   * @param isStopped asked before each step: training ends when it is
   * @return false when loss or gradient were not finite any more
   */
  public boolean train(Recipe recipe, long steps, long seed, BooleanSupplier isStopped) {
    Schedule schedule = recipe.schedule();
    try (Optimizer optimizer = recipe.optimizer(network.leaves(), network.choice().roles());
        TrainingStep training = new TrainingStep(network, optimizer, recipe, seed);
        Batches batches = batches(recipe.batch(), seed)) {
      for (long step = 0; step < steps && !isStopped.getAsBoolean(); step++) {
        try (Batch batch = batches.next()) {
          double rate = recipe.learningRate() * schedule.at((step + 0.5) / steps);
          training.run(batch, step, rate);
        }
      }
      if (!network.statistics().isEmpty()) {
        for (int i = 0; i < STATISTICS_BATCHES; i++) {
          updateStatistics(batches, seed + steps + i);
        }
      }
      return true;
    } catch (FineTuneException e) {
      if (e.code().equals(FineTuneException.NOT_FINITE)) {
        return false;
      }
      throw e;
    }
  }

  private Batches batches(int size, long seed) {
    return new Batches(
        training,
        augmentation.of(spec(training), normalisation),
        BatchOptions.training(size, Integer.MAX_VALUE, seed),
        Position.START);
  }

  private void updateStatistics(Batches batches, long seed) {
    try (Batch batch = batches.next();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      Autograd.off(
          () -> {
            network.update(
                network
                    .run(network.images(batch.images(), batch.size()), Program.Mode.TRAINING, seed)
                    .runningStatistics());
            return null;
          });
    }
  }

  /**
   * Top-1 accuracy in inference mode; images of the training's size and classes. NaN when some
   * scores are not finite: weights that training left whole may still overflow.
   */
  public double top1(Images images, int batch) {
    Evaluation evaluation =
        Evaluation.of(network, images, normalisation, batch, () -> false).orElseThrow();
    return Double.isFinite(evaluation.loss()) ? evaluation.result().top1() : Double.NaN;
  }

  /** Elements of the parameters that are trained. */
  public long elements() {
    return network.choice().elements();
  }

  /** The model with the present values. */
  public OnnxModel model() {
    return model.withParameters(network.values());
  }

  @Override
  public void close() {
    network.close();
  }
}
