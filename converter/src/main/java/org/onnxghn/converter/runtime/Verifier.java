package org.onnxghn.converter.runtime;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.onnxghn.converter.initializers.RandomStream;

/**
 * Loads a model in ONNX Runtime, runs it on random inputs, looks at its outputs. All this happens
 * in a process of its own: a model may be made to crash ONNX Runtime.
 */
public final class Verifier {
  /** One image, so far more than honest models take. */
  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** Tried in turn where an input leaves dimensions free. */
  private static final List<TrialShapes.Sizes> SIZES =
      List.of(
          new TrialShapes.Sizes(1, 32, 8),
          new TrialShapes.Sizes(1, 64, 64),
          new TrialShapes.Sizes(1, 224, 512),
          new TrialShapes.Sizes(2, 224, 16_000),
          new TrialShapes.Sizes(1, 2, 2));

  /** Whether the model ran, and what is wrong, or null. */
  private record Run(boolean ran, String problem) {}

  private Verifier() {}

  /**
   * @param model a file, with its external data beside it
   * @param seed of the inputs
   * @return what happened; a model that ONNX Runtime refuses is no exception here
   */
  public static Verification verify(Path model, long seed) {
    return verify(model, seed, LIMIT);
  }

  /** As the other; {@code limit} is the longest time that one run may take. */
  static Verification verify(Path model, long seed, Duration limit) {
    return VerifierProcess.verify(model, seed, limit)
        .orElseGet(() -> verifyHere(model, seed, limit));
  }

  /** In this process. */
  static Verification verifyHere(Path model, long seed, Duration limit) {
    long start = System.nanoTime();
    boolean loaded = false;
    Run run;
    try (RuntimeSession session = RuntimeSession.once(model, limit)) {
      loaded = true;
      run = run(session, seed);
    } catch (OrtException | InferenceException e) {
      run = new Run(false, String.valueOf(e.getMessage()));
    }
    return new Verification(
        runtime(),
        loaded,
        run.ran(),
        run.ran() && run.problem() == null,
        (System.nanoTime() - start) / 1e9,
        run.problem() == null ? null : withoutFolder(run.problem(), model));
  }

  /** Name and version. */
  static String runtime() {
    return "onnxruntime " + RuntimeSession.environment().getVersion();
  }

  /** Where the model lies for the moment is of no interest. */
  private static String withoutFolder(String problem, Path model) {
    String folder = model.toAbsolutePath().getParent() + model.getFileSystem().getSeparator();
    return problem.replace(folder, "");
  }

  /** Tries the sizes in turn until the model accepts one. */
  private static Run run(RuntimeSession session, long seed) throws OrtException {
    Map<String, NodeInfo> inputs = session.session().getInputInfo();
    String refusal = null;
    for (TrialShapes.Sizes sizes : TrialInputs.anyFree(inputs) ? SIZES : SIZES.subList(0, 1)) {
      Optional<String> obstacle = TrialInputs.obstacle(inputs, sizes);
      if (obstacle.isPresent()) {
        refusal = refusal == null ? obstacle.get() : refusal;
        continue;
      }
      RandomStream random = RandomStream.of(seed, "verify", "");
      try {
        return new Run(true, notFinite(session, sizes, random));
      } catch (OrtException e) {
        // The first refusal is about the smallest input, which most models are meant for.
        refusal = refusal == null ? String.valueOf(e.getMessage()) : refusal;
      }
    }
    return new Run(false, refusal);
  }

  /** Runs once; null, or which output is not finite. */
  private static String notFinite(
      RuntimeSession session, TrialShapes.Sizes sizes, RandomStream random) throws OrtException {
    Map<String, OnnxTensor> inputs =
        TrialInputs.create(
            RuntimeSession.environment(), session.session().getInputInfo(), sizes, random);
    try (OrtSession.Result outputs = session.run(inputs, session.session().getOutputNames())) {
      return notFinite(outputs);
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  private static String notFinite(OrtSession.Result outputs) {
    for (Map.Entry<String, OnnxValue> output : outputs) {
      // Sequences and maps come from classical models, whose scores nothing here has changed.
      if (output.getValue() instanceof OnnxTensor tensor && !isFinite(tensor)) {
        return "output " + output.getKey() + " has values that are not finite";
      }
    }
    return null;
  }

  private static boolean isFinite(OnnxTensor tensor) {
    switch (tensor.getInfo().type) {
      case FLOAT, FLOAT16, BFLOAT16 -> {
        FloatBuffer values = tensor.getFloatBuffer();
        while (values.hasRemaining()) {
          if (!Float.isFinite(values.get())) {
            return false;
          }
        }
      }
      case DOUBLE -> {
        DoubleBuffer values = tensor.getDoubleBuffer();
        while (values.hasRemaining()) {
          if (!Double.isFinite(values.get())) {
            return false;
          }
        }
      }
      default -> {
        // Integers, booleans and strings are always finite.
      }
    }
    return true;
  }
}
