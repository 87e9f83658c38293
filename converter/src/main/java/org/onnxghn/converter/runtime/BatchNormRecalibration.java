package org.onnxghn.converter.runtime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.graph.Finding;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.OperatorSetIdProto;

/**
 * BatchNorm's running mean and variance from images, without training, in one pass of ONNX Runtime:
 * each layer normalises by the statistics of the batch, as in training, and the running statistics
 * become the averages over all batches.
 *
 * <p>The variance is the population's (divided by n), as ONNX defines the running variance and as
 * the executor computes it; PyTorch divides by n - 1.
 */
public final class BatchNormRecalibration {
  /** Images of a batch, unless the model fixes it. */
  public static final int BATCH = 32;

  /** ONNX Runtime has no BatchNormalization of an older version. */
  private static final long OLDEST_OPSET = 7;

  /**
   * What was done.
   *
   * @param model with the new statistics; the one given where nothing was done
   * @param layers BatchNormalization nodes with new statistics
   * @param images that were used; 0 when there are no layers
   * @param statistics names of the tensors that were estimated
   * @param findings layers left out, and doubts
   */
  public record Result(
      OnnxModel model, int layers, int images, Set<String> statistics, List<Finding> findings) {
    /** Copies the collections. */
    public Result {
      statistics = Set.copyOf(statistics);
      findings = List.copyOf(findings);
    }
  }

  private final OnnxModel model;
  private final ImageInput input;
  private final Images images;
  private final Normalisation normalisation;
  private final IntConsumer progress;
  private int used;

  private BatchNormRecalibration(
      OnnxModel model,
      ImageInput input,
      Images images,
      Normalisation normalisation,
      IntConsumer progress) {
    this.model = model;
    this.input = input;
    this.images = images;
    this.normalisation = normalisation;
    this.progress = progress;
    this.used = images.size();
  }

  /** Whether there is anything to recalibrate. */
  public static boolean applies(OnnxModel model, Predicate<String> kept) {
    return !BatchNormLayer.find(model, kept).layers().isEmpty();
  }

  /** Why {@link #applies} says no: what the user should know about such a model. */
  public static List<Finding> reasonsNotToApply(OnnxModel model, Predicate<String> kept) {
    List<Finding> findings = new ArrayList<>(BatchNormLayer.find(model, kept).findings());
    if (findings.isEmpty()) {
      findings.add(RecalibrationFindings.noLayers());
    }
    return findings;
  }

  /**
   * Estimates the statistics anew.
   *
   * @param model with values for all parameters; below 2 GB
   * @param images of the size that the model takes, see {@link ImageInput#spec}; all are used, in
   *     their order, so mix the classes ({@link org.onnxghn.converter.images.DataFolder#sample}
   *     does)
   * @param kept names of statistics that stay as they are
   * @param progress hears how many are done
   * @throws InferenceException OG-430 when the model takes no images, OG-431 when ONNX Runtime does
   *     not run it, OG-433 when its values explode, OG-434 below operator set 7, OG-435 when a
   *     batch takes too long
   */
  public static Result apply(
      OnnxModel model,
      Images images,
      Normalisation normalisation,
      Predicate<String> kept,
      IntConsumer progress) {
    BatchNormLayer.Search search = BatchNormLayer.find(model, kept);
    if (search.layers().isEmpty()) {
      return new Result(model, 0, 0, Set.of(), reasonsNotToApply(model, kept));
    }
    List<Finding> findings = new ArrayList<>(search.findings());
    ImageInput input = ImageInput.of(model);
    BatchNormRecalibration recalibration =
        new BatchNormRecalibration(model, input, images, normalisation, progress);
    Map<String, float[]> statistics = recalibration.run(search.layers(), findings);
    return new Result(
        model.withParameters(statistics),
        search.layers().size(),
        recalibration.used,
        statistics.keySet(),
        findings);
  }

  /** The images of each batch: of nearly the same size, so that each counts as much. */
  static List<int[]> batches(int images, int batch, boolean fixed) {
    int count =
        fixed
            ? Math.max(1, images / batch)
            : Math.max(1, (int) Math.round((double) images / batch));
    List<int[]> batches = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long from = fixed ? (long) i * batch : (long) i * images / count;
      long to = fixed ? from + batch : (i + 1L) * images / count;
      // Where a fixed batch is larger than the data, images come again.
      batches.add(IntStream.range((int) from, (int) to).map(j -> j % images).toArray());
    }
    return batches;
  }

  private Map<String, float[]> run(List<BatchNormLayer> layers, List<Finding> findings) {
    ModelProto proto = model.toProto();
    long opset = opset(proto);
    if (opset < OLDEST_OPSET) {
      throw new InferenceException(
          InferenceException.OLD_OPSET,
          "the model has operator set " + opset + "; ONNX Runtime has BatchNormalization from 7 on",
          "Convert the model to a newer operator set first, with ONNX's version converter.");
    }
    try {
      ModelProto free = BatchStatisticsGraph.of(proto, opset, layers, input);
      return run(free, layers, batches(images.size(), BATCH, false));
    } catch (OrtException e) {
      if (input.batch() == 0) {
        throw InferenceException.of("the model with batch statistics", e);
      }
    }
    // Somewhere the batch is fixed, such as in the shape of a Reshape.
    try {
      ModelProto fixed = BatchStatisticsGraph.of(proto, opset, layers, null);
      List<int[]> batches = batches(images.size(), input.batch(), true);
      used = Math.min(images.size(), batches.size() * input.batch());
      Map<String, float[]> result = run(fixed, layers, batches);
      findings.add(RecalibrationFindings.fixedBatch(input.batch()));
      return result;
    } catch (OrtException e) {
      throw InferenceException.of("the model with batch statistics", e);
    }
  }

  private static long opset(ModelProto model) {
    return model.getOpsetImportList().stream()
        .filter(set -> set.getDomain().isEmpty() || set.getDomain().equals("ai.onnx"))
        .mapToLong(OperatorSetIdProto::getVersion)
        .findFirst()
        .orElse(1);
  }

  private Map<String, float[]> run(
      ModelProto graph, List<BatchNormLayer> layers, List<int[]> batches) throws OrtException {
    int largest = batches.stream().mapToInt(batch -> batch.length).max().orElse(1);
    ImageTensors tensors = new ImageTensors(input, images, normalisation, largest);
    RunningStatistics statistics = new RunningStatistics();
    try (RuntimeSession session = RuntimeSession.forImages(graph.toByteArray())) {
      Set<String> outputs = session.session().getOutputNames();
      int done = 0;
      for (int[] batch : batches) {
        try (OnnxTensor tensor = tensors.of(RuntimeSession.environment(), batch);
            OrtSession.Result result = session.run(Map.of(input.name(), tensor), outputs)) {
          for (int i = 0; i < layers.size(); i++) {
            statistics.add(layers.get(i).mean(), floats(result, 2 * i));
            statistics.add(layers.get(i).variance(), floats(result, 2 * i + 1));
          }
        }
        done += batch.length;
        progress.accept(done);
      }
    }
    return statistics.averages();
  }

  private static float[] floats(OrtSession.Result result, int output) {
    FloatBuffer buffer = ((OnnxTensor) result.get(output)).getFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }
}
