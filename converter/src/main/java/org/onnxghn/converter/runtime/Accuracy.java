package org.onnxghn.converter.runtime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;

/** Top-1 and top-5 accuracy of a classifier, with ONNX Runtime. */
public final class Accuracy {
  /** Hears the scores of each image. */
  @FunctionalInterface
  public interface ScoreListener {
    /**
     * @param image its index, in rising order
     * @param scores by class
     */
    void scored(int image, float[] scores);
  }

  private Accuracy() {}

  /** As the other, where only the result matters. */
  public static AccuracyResult measure(
      Path model,
      ImageInput input,
      Images images,
      Normalisation normalisation,
      int batch,
      IntConsumer progress) {
    return measure(model, input, images, normalisation, batch, progress, (image, scores) -> {});
  }

  /**
   * Scores every image. The model's first output holds a score for each class: {@code N x classes},
   * further dimensions of size 1 are ignored.
   *
   * @param model a file, with its external data beside it
   * @param input what {@link ImageInput#of} says of it
   * @param images of the size that the model takes; label i is the model's class i
   * @param batch images of a batch where the model leaves that free
   * @param progress hears how many images are done
   * @param listener hears the scores
   * @throws InferenceException OG-431 when ONNX Runtime refuses the model, OG-432 when it has fewer
   *     classes than the data set, OG-435 when a batch takes too long
   */
  public static AccuracyResult measure(
      Path model,
      ImageInput input,
      Images images,
      Normalisation normalisation,
      int batch,
      IntConsumer progress,
      ScoreListener listener) {
    try (RuntimeSession session = RuntimeSession.forImages(model)) {
      int size = input.batch() > 0 ? input.batch() : Math.min(batch, images.size());
      ImageTensors tensors = new ImageTensors(input, images, normalisation, size);
      return measure(session, input, images, tensors, size, progress, listener);
    } catch (OrtException e) {
      throw InferenceException.of(model.toString(), e);
    }
  }

  private static AccuracyResult measure(
      RuntimeSession session,
      ImageInput input,
      Images images,
      ImageTensors tensors,
      int size,
      IntConsumer progress,
      ScoreListener listener)
      throws OrtException {
    Scores scores = new Scores(images.classNames());
    int classes = 0;
    long start = System.nanoTime();
    String output = session.session().getOutputNames().iterator().next();
    for (int from = 0; from < images.size(); from += size) {
      int count = Math.min(size, images.size() - from);
      // A model of a fixed batch gets the last image again where there are no more.
      int padded = input.batch() > 0 ? size : count;
      int first = from;
      int last = images.size() - 1;
      int[] indices = IntStream.range(0, padded).map(i -> Math.min(first + i, last)).toArray();
      try (OnnxTensor batch = tensors.of(RuntimeSession.environment(), indices);
          OrtSession.Result result = session.run(Map.of(input.name(), batch), Set.of(output))) {
        float[][] rows = rows(result.get(0), padded, images.classNames());
        classes = rows[0].length;
        for (int i = 0; i < count; i++) {
          scores.add(rows[i], images.label(from + i));
          listener.scored(from + i, rows[i]);
        }
      }
      progress.accept(from + count);
    }
    return scores.result(classes, (System.nanoTime() - start) / 1e9);
  }

  private static float[][] rows(
      ai.onnxruntime.OnnxValue output, int batch, List<String> classNames) {
    if (!(output instanceof OnnxTensor tensor)) {
      throw notAClassifier("the model's first output is not a tensor");
    }
    TensorInfo info = tensor.getInfo();
    long[] shape = info.getShape();
    boolean flat = shape.length >= 2 && Arrays.stream(shape).skip(2).allMatch(dim -> dim == 1);
    FloatBuffer values = floats(tensor);
    if (!flat || shape[0] != batch || values == null) {
      throw notAClassifier(
          "the model's first output is %s %s for %d images"
              .formatted(info.type, Arrays.toString(shape), batch));
    }
    int classes = (int) shape[1];
    if (classes < classNames.size()) {
      throw notAClassifier(
          "the model knows %d classes, the data set has %d".formatted(classes, classNames.size()));
    }
    float[][] rows = new float[batch][classes];
    for (float[] row : rows) {
      values.get(row);
    }
    return rows;
  }

  /** In float32; null for other types. */
  private static FloatBuffer floats(OnnxTensor tensor) {
    return switch (tensor.getInfo().type) {
      case FLOAT, FLOAT16, BFLOAT16 -> tensor.getFloatBuffer();
      case DOUBLE -> {
        java.nio.DoubleBuffer doubles = tensor.getDoubleBuffer();
        FloatBuffer floats = FloatBuffer.allocate(doubles.remaining());
        while (doubles.hasRemaining()) {
          floats.put((float) doubles.get());
        }
        yield floats.flip();
      }
      default -> null;
    };
  }

  private static InferenceException notAClassifier(String message) {
    return new InferenceException(
        InferenceException.NOT_A_CLASSIFIER,
        message,
        "Give a classifier whose first output is one row of scores for each image, and the data set"
            + " that it is for.");
  }
}
