package org.onnxghn.trainer.finetune;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.converter.runtime.AccuracyResult;
import org.onnxghn.converter.runtime.Scores;
import org.onnxghn.trainer.data.Augmentation;
import org.onnxghn.trainer.data.Batch;
import org.onnxghn.trainer.data.BatchOptions;
import org.onnxghn.trainer.data.Batches;
import org.onnxghn.trainer.data.Position;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.exec.Program;

/**
 * How the network does on the validation images, in the executor's inference mode.
 *
 * @param result accuracy
 * @param loss mean cross-entropy without label smoothing
 * @param predictions of each image
 */
record Evaluation(AccuracyResult result, double loss, Predictions predictions) {
  /**
   * Evaluates.
   *
   * @param isStopped asked before each batch
   * @return empty when it was stopped
   */
  static Optional<Evaluation> of(
      Network network, TrainingData data, int batchSize, BooleanSupplier isStopped) {
    return of(network, data.validation(), data.normalisation(), batchSize, isStopped);
  }

  /** As the other, on any images. */
  static Optional<Evaluation> of(
      Network network,
      Images images,
      Normalisation normalisation,
      int batchSize,
      BooleanSupplier isStopped) {
    Augmentation plain = Augmentation.evaluation(images.height(), images.width(), normalisation);
    int size = network.fixedBatch() > 0 ? network.fixedBatch() : batchSize;
    Scores scores = new Scores(images.classNames());
    Predictions predictions = new Predictions(images.size());
    SoftTargets targets = new SoftTargets(network.classes(), 0, 0);
    double sum = 0;
    int first = 0;
    long start = System.nanoTime();
    try (Batches batches =
            new Batches(images, plain, BatchOptions.evaluation(size), Position.START);
        CrossEntropy loss = new CrossEntropy(network.manager().getDevice())) {
      while (batches.hasNext()) {
        if (isStopped.getAsBoolean()) {
          return Optional.empty();
        }
        try (Batch batch = batches.next();
            NDScope scope = new NDScope()) {
          scope.suppressNotUsedWarning();
          NDArray wanted =
              network
                  .manager()
                  .create(
                      targets.of(batch.labels(), 1), new Shape(batch.size(), network.classes()));
          // A fixed batch is filled up: a Reshape of the model may name its size.
          int full = network.fixedBatch() > 0 ? size : batch.size();
          Program.Result result =
              Autograd.off(
                  () ->
                      network.run(
                          network.images(filled(batch, full), full), Program.Mode.INFERENCE, 0));
          float[] rows = floats(network.scores(result));
          float[] logits = floats(network.logits(result));
          NDIndex own = new NDIndex(":" + batch.size());
          NDArray mean =
              Autograd.off(
                  () -> loss.of(network.logits(result).get(own), wanted, network.manager()).loss());
          sum += (double) mean.getFloat() * batch.size();
          float[] row = new float[network.classes()];
          for (int i = 0; i < batch.size(); i++) {
            int from = i * row.length;
            System.arraycopy(rows, from, row, 0, row.length);
            scores.add(row, batch.labels()[i]);
            predictions.add(first + i, row, Arrays.copyOfRange(logits, from, from + row.length));
          }
          first += batch.size();
        }
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return Optional.of(
        new Evaluation(
            scores.result(network.classes(), seconds), sum / images.size(), predictions));
  }

  private static float[] floats(NDArray scores) {
    return scores.toType(DataType.FLOAT32, false).toFloatArray();
  }

  /** The images of a batch, and the last of them again until there are so many. */
  private static FloatBuffer filled(Batch batch, int count) {
    FloatBuffer images = batch.images();
    if (count == batch.size()) {
      return images;
    }
    int length = images.remaining() / batch.size();
    FloatBuffer filled = FloatBuffer.allocate(count * length).put(images.duplicate());
    while (filled.hasRemaining()) {
      filled.put(images.slice((batch.size() - 1) * length, length));
    }
    return filled.flip();
  }
}
