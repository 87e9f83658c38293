package org.onnxghn.trainer.finetune;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.converter.runtime.ImageInput;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.exec.ExecutorException;
import org.onnxghn.trainer.exec.Program;
import org.onnxghn.trainer.exec.TensorCopy;

/** The model as a program, with the tensors that training changes. */
final class Network implements AutoCloseable {
  private static final int TRIAL_BATCH = 2;

  /**
   * The probabilities of an image may differ by so much in all from a Softmax of our own: half
   * precision rounds them to 1/2000 of their size; of another dimension they are others altogether.
   */
  private static final float SOFTMAX_ERROR = 0.01f;

  private final ImageInput input;
  private final ImageSpec spec;
  private final ScoreOutput output;
  private final Program program;
  private final TrainedParameters choice;
  private final NDManager manager;
  private final Map<String, NDArray> leaves = new LinkedHashMap<>();
  private final Map<String, NDArray> statistics = new LinkedHashMap<>();
  private final Map<String, NDArray> all = new LinkedHashMap<>();
  private final int classes;
  private final boolean softmax;

  /** What a first run shows. */
  private record Seen(int classes, boolean softmax) {}

  /**
   * Compiles the model and runs it once.
   *
   * @param spec of the images that it sees
   * @param freeze patterns of names
   * @throws ExecutorException OG-500 when it has operators that cannot be run
   * @throws FineTuneException OG-522 when it is no classifier that can be trained
   */
  Network(OnnxModel model, ImageSpec spec, List<String> freeze, Device device) {
    this.input = ImageInput.of(model);
    this.spec = spec;
    if (input.type() != ElementType.FLOAT) {
      throw refused(
          "the model takes %s images; training is in float32".formatted(input.type().label()));
    }
    requireSize();
    this.output = ScoreOutput.of(model);
    // First: it refuses what functions multiply beyond what compiling could bear.
    ImportedGraph imported = GraphImporter.importGraph(model);
    try (Program first = Program.compile(output.model())) {
      Set<String> reached = new HashSet<>(first.parameters().keySet());
      reached.removeAll(output.withoutGradient());
      this.choice = TrainedParameters.choose(imported, reached, freeze);
    }
    this.program = Program.compile(output.model(), choice.frozenStatistics());
    this.manager = NDManager.newBaseManager(device, "PyTorch");
    try {
      for (Parameter parameter : choice.trained()) {
        NDArray leaf = tensor(parameter.name());
        leaf.setRequiresGradient(true);
        leaves.put(parameter.name(), leaf);
      }
      all.putAll(leaves);
      Seen seen = tryOut(input.batch() > 0 ? input.batch() : TRIAL_BATCH);
      this.classes = seen.classes();
      this.softmax = seen.softmax();
      all.putAll(statistics);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** ONNX Runtime takes nothing but the declared size, and would say so after the training. */
  private void requireSize() {
    boolean fits =
        (input.height() == 0 || input.height() == spec.height())
            && (input.width() == 0 || input.width() == spec.width());
    if (!fits) {
      throw new FineTuneException(
          FineTuneException.MODEL,
          "the model declares images of %dx%d, not %dx%d"
              .formatted(input.height(), input.width(), spec.height(), spec.width()),
          "Leave out --image-size, or export the model for that size.");
    }
  }

  private NDArray tensor(String name) {
    float[] values = output.model().tensor(name).orElseThrow().floats();
    long[] dims = output.model().tensor(name).orElseThrow().shape().dims();
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      // A copy, in memory of PyTorch's and not in that of a Java buffer.
      NDArray tensor = manager.create(values, new Shape(dims)).duplicate();
      NDScope.unregister(tensor);
      return tensor;
    }
  }

  /** Runs black images through both modes: which statistics there are, and how many classes. */
  private Seen tryOut(int batch) {
    int length = spec.channels() * spec.height() * spec.width();
    FloatBuffer black = FloatBuffer.allocate(batch * length);
    return Autograd.off(
        () -> {
          try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            // Recorded, to see whether gradients come back.
            Program.Result trained =
                Autograd.recording(() -> run(images(black, batch), Program.Mode.TRAINING, 0));
            for (String name : trained.runningStatistics().keySet()) {
              statistics.put(name, tensor(name));
            }
            Program.Result result = run(images(black.rewind(), batch), Program.Mode.INFERENCE, 0);
            Shape scores = scores(result).getShape();
            boolean rows =
                scores.dimension() >= 2
                    && scores.get(0) == batch
                    && Arrays.stream(scores.getShape()).skip(2).allMatch(dim -> dim == 1);
            if (!rows) {
              throw refused(
                  "its first output is %s for %d images, not a row of scores for each"
                      .formatted(scores, batch));
            }
            int count = (int) scores.get(1);
            boolean logits = output.hasSoftmax() && isSoftmax(result, batch, count);
            requireGradient(trained.outputs().get(logits ? output.logits() : output.scores()));
            return new Seen(count, logits);
          } catch (ExecutorException e) {
            throw new FineTuneException(
                FineTuneException.MODEL,
                "the model does not run on images of %dx%d: %s"
                    .formatted(spec.height(), spec.width(), e.getMessage()),
                "Give the --image-size that it was made for; after --new-head it may hold the old"
                    + " number of classes in a Reshape.",
                e);
          }
        });
  }

  /**
   * Whether the scores of each image are the Softmax of all its logits. One over parts of the
   * classes, or over another dimension, is no reason to take the loss of the logits.
   */
  private boolean isSoftmax(Program.Result result, int batch, int count) {
    NDArray logits = result.outputs().get(output.logits());
    NDArray scores = scores(result);
    if (logits.size() != scores.size() || logits.getShape().get(0) != batch) {
      return false;
    }
    NDArray own = logits.toType(DataType.FLOAT32, false).reshape(batch, count).softmax(1);
    NDArray given = scores.toType(DataType.FLOAT32, false).reshape(batch, count);
    // Not a number where the model gives none: that says nothing of the dimension.
    return !(own.sub(given).abs().sum().getFloat() > SOFTMAX_ERROR * batch);
  }

  /** PyTorch would refuse the first step, in words of its own. The gradients are not used. */
  private static void requireGradient(NDArray recorded) {
    try {
      Autograd.backward(Autograd.recording(recorded::sum));
    } catch (EngineException e) {
      throw new FineTuneException(
          FineTuneException.MODEL,
          "no gradient comes back from the model's scores to any parameter that is trained",
          "Gradients end at operators that compare numbers, or round them to whole ones: fine-tune"
              + " the model before it is quantised, or freeze less.",
          e);
    }
  }

  private static FineTuneException refused(String message) {
    return new FineTuneException(
        FineTuneException.MODEL,
        message,
        "Give a float32 image classifier whose first output is N x classes.");
  }

  /** Scores that the model gives. */
  int classes() {
    return classes;
  }

  /** Images of a batch where the model fixes that, else 0. */
  int fixedBatch() {
    return input.batch();
  }

  TrainedParameters choice() {
    return choice;
  }

  NDManager manager() {
    return manager;
  }

  /** The trained parameters, live: they require gradients. */
  Map<String, NDArray> leaves() {
    return leaves;
  }

  /** The running statistics that training updates, live. */
  Map<String, NDArray> statistics() {
    return statistics;
  }

  /**
   * A batch in the model's layout, to be called in an NDScope.
   *
   * @param planes {@code batch x channels x height x width}
   */
  NDArray images(FloatBuffer planes, int batch) {
    // A copy: a Java buffer's alignment is chance, and with it possibly the last bits of a
    // convolution.
    NDArray images =
        manager
            .create(planes, new Shape(batch, spec.channels(), spec.height(), spec.width()))
            .duplicate();
    return input.channelsLast() ? images.transpose(0, 2, 3, 1) : images;
  }

  /** Runs the model with the present values. */
  Program.Result run(NDArray images, Program.Mode mode, long seed) {
    return program.run(Map.of(input.name(), images), all, mode, seed);
  }

  /** What the loss is computed from. */
  NDArray logits(Program.Result result) {
    return result.outputs().get(softmax ? output.logits() : output.scores());
  }

  /** Whether the scores are the logits' Softmax. */
  boolean endsInSoftmax() {
    return softmax;
  }

  /** What the model gives. */
  NDArray scores(Program.Result result) {
    return result.outputs().get(output.scores());
  }

  /** Takes over the running statistics of a training step. */
  void update(Map<String, NDArray> next) {
    TensorCopy.copy(
        next.keySet().stream().map(statistics::get).toList(), List.copyOf(next.values()));
  }

  /** Present values of all that training changes, by name, in stored order. */
  Map<String, float[]> values() {
    Map<String, float[]> values = new LinkedHashMap<>();
    all.forEach((name, tensor) -> values.put(name, tensor.toFloatArray()));
    return values;
  }

  @Override
  public void close() {
    program.close();
    manager.close();
  }
}
