package org.onnxghn.converter.runtime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.onnxghn.converter.initializers.RandomStream;

/** Loads a model in ONNX Runtime, runs it on random inputs, looks at its outputs. */
public final class Verifier {
  /** Tried in turn where an input leaves dimensions free. */
  private static final List<TrialInputs.Sizes> SIZES =
      List.of(
          new TrialInputs.Sizes(1, 32, 8),
          new TrialInputs.Sizes(1, 64, 64),
          new TrialInputs.Sizes(1, 224, 512),
          new TrialInputs.Sizes(2, 224, 16_000));

  private Verifier() {}

  /**
   * @param model a file, with its external data beside it
   * @param seed of the inputs
   * @return what happened; a model that ONNX Runtime refuses is no exception here
   */
  public static Verification verify(Path model, long seed) {
    long start = System.nanoTime();
    OrtEnvironment environment =
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
    boolean loaded = false;
    boolean ran = false;
    String problem = null;
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      try (OrtSession session =
          environment.createSession(model.toAbsolutePath().toString(), options)) {
        loaded = true;
        problem = run(environment, session, seed);
        ran = true;
      }
    } catch (OrtException | UnusableInputException e) {
      // Where the model lies for the moment is of no interest.
      problem = String.valueOf(e.getMessage()).replace(folder(model), "");
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Verification(
        "onnxruntime " + environment.getVersion(),
        loaded,
        ran,
        ran && problem == null,
        seconds,
        problem);
  }

  /** Runs with the first sizes that the model accepts; null, or which output is not finite. */
  private static String run(OrtEnvironment environment, OrtSession session, long seed)
      throws OrtException, UnusableInputException {
    boolean free = TrialInputs.anyFree(session.getInputInfo());
    OrtException first = null;
    for (TrialInputs.Sizes sizes : free ? SIZES : SIZES.subList(0, 1)) {
      RandomStream random = RandomStream.of(seed, "verify", "");
      try {
        return run(environment, session, sizes, random);
      } catch (OrtException e) {
        first = first == null ? e : first;
      } catch (UnusableInputException e) {
        if (first == null) {
          throw e;
        }
        break;
      }
    }
    throw first;
  }

  private static String run(
      OrtEnvironment environment, OrtSession session, TrialInputs.Sizes sizes, RandomStream random)
      throws OrtException, UnusableInputException {
    Map<String, OnnxTensor> inputs =
        TrialInputs.create(environment, session.getInputInfo(), sizes, random);
    try (OrtSession.Result outputs = session.run(inputs)) {
      return notFinite(outputs);
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  private static String folder(Path model) {
    return model.toAbsolutePath().getParent() + model.getFileSystem().getSeparator();
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
