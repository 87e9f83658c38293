package org.onnxghn.trainer.finetune;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.converter.runtime.ImageInput;
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
    try (Program first = Program.compile(output.model())) {
      this.choice =
          TrainedParameters.choose(
              GraphImporter.importGraph(model), first.parameters().keySet(), freeze);
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
      this.classes = tryOut(input.batch() > 0 ? input.batch() : TRIAL_BATCH);
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
  private int tryOut(int batch) {
    int length = spec.channels() * spec.height() * spec.width();
    FloatBuffer black = FloatBuffer.allocate(batch * length);
    return Autograd.off(
        () -> {
          try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            Program.Result trained = run(images(black, batch), Program.Mode.TRAINING, 0);
            for (String name : trained.runningStatistics().keySet()) {
              statistics.put(name, tensor(name));
            }
            Shape scores =
                run(images(black.rewind(), batch), Program.Mode.INFERENCE, 0)
                    .outputs()
                    .get(output.scores())
                    .getShape();
            boolean rows =
                scores.dimension() >= 2
                    && scores.get(0) == batch
                    && Arrays.stream(scores.getShape()).skip(2).allMatch(dim -> dim == 1);
            if (!rows) {
              throw refused(
                  "its first output is %s for %d images, not a row of scores for each"
                      .formatted(scores, batch));
            }
            return (int) scores.get(1);
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
    return result.outputs().get(output.logits());
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
