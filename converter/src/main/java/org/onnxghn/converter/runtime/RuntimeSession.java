package org.onnxghn.converter.runtime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A model loaded in ONNX Runtime. A model may hold a loop that never ends, so each run has a time
 * limit.
 */
final class RuntimeSession implements AutoCloseable {
  /** For a batch of images: far more than usual vision models take; smaller batches take less. */
  private static final Duration BATCH_LIMIT = Duration.ofMinutes(5);

  /** What {@link OrtEnvironment#createSession} has for files and for bytes. */
  private interface Source {
    OrtSession load(OrtEnvironment environment, OrtSession.SessionOptions options)
        throws OrtException;
  }

  private final OrtSession.SessionOptions options;
  private final OrtSession session;
  private final Duration limit;

  private RuntimeSession(Source source, Duration limit, boolean manyRuns) throws OrtException {
    this.limit = limit;
    this.options = new OrtSession.SessionOptions();
    try {
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      if (manyRuns) {
        Providers.choose(options);
      }
      this.session = source.load(environment(), options);
    } catch (OrtException e) {
      options.close();
      throw e;
    }
  }

  /** For one run on the CPU, of a file with its external data beside it. */
  static RuntimeSession once(Path model, Duration limit) throws OrtException {
    return new RuntimeSession(fromFile(model), limit, false);
  }

  /** For many batches of images, where {@link Providers} says. */
  static RuntimeSession forImages(Path model) throws OrtException {
    return new RuntimeSession(fromFile(model), BATCH_LIMIT, true);
  }

  /** As {@link #forImages(Path)}, of a serialized model. */
  static RuntimeSession forImages(byte[] model) throws OrtException {
    return new RuntimeSession((e, o) -> e.createSession(model, o), BATCH_LIMIT, true);
  }

  private static Source fromFile(Path model) {
    String path = model.toAbsolutePath().toString();
    return (environment, options) -> environment.createSession(path, options);
  }

  /** The process's one. */
  static OrtEnvironment environment() {
    return Loaded.ENVIRONMENT;
  }

  private static final class Loaded {
    static final OrtEnvironment ENVIRONMENT =
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);

    static {
      NativeFolder.delete();
    }
  }

  OrtSession session() {
    return session;
  }

  /**
   * Runs the model.
   *
   * @param inputs by name
   * @param outputs names of those that are wanted
   * @throws InferenceException OG-435 when the time limit is reached
   */
  OrtSession.Result run(Map<String, OnnxTensor> inputs, Set<String> outputs) throws OrtException {
    try (Watch watch = new Watch(limit)) {
      try {
        return session.run(inputs, outputs, watch.options);
      } catch (OrtException e) {
        if (watch.stopped()) {
          throw new InferenceException(
              InferenceException.NO_END,
              "ONNX Runtime did not come to an end within %d s".formatted(limit.toSeconds()),
              "Look for a Loop without a trip count whose condition stays true, or give smaller"
                  + " images or batches.",
              e);
        }
        throw e;
      }
    }
  }

  @Override
  public void close() throws OrtException {
    session.close();
    options.close();
  }

  /** Stops a run when its time is over, unless it has ended. */
  private static final class Watch implements AutoCloseable {
    private final OrtSession.RunOptions options;
    private final CompletableFuture<Void> alarm = new CompletableFuture<>();
    private boolean ended;
    private boolean stopped;

    Watch(Duration limit) throws OrtException {
      options = new OrtSession.RunOptions();
      alarm.thenRun(this::stop);
      alarm.completeOnTimeout(null, limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    private synchronized void stop() {
      if (!ended) {
        stopped = true;
        try {
          options.setTerminate(true);
        } catch (OrtException e) {
          throw new IllegalStateException(e);
        }
      }
    }

    synchronized boolean stopped() {
      return stopped;
    }

    @Override
    public void close() {
      alarm.cancel(false);
      synchronized (this) {
        ended = true;
        options.close();
      }
    }
  }
}
