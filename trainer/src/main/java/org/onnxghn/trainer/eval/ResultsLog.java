package org.onnxghn.trainer.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.onnxghn.converter.TextFile;
import org.onnxghn.converter.report.JsonOutput;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.run.MetricsLog;
import org.onnxghn.trainer.run.RunException;
import org.onnxghn.trainer.run.RunFolder;
import org.onnxghn.trainer.run.StopRequest;

/**
 * What an evaluation has found so far: {@code results.jsonl} of a run folder, a line for each
 * result, written when it is there, so that a killed evaluation loses nothing else. Thread-safe.
 */
public final class ResultsLog implements AutoCloseable {
  /** Its name in the run folder. */
  public static final String FILE = "results.jsonl";

  private static final String SETTINGS = "settings";
  private static final String KEY = "key";
  private static final String RESULT = "result";

  private final RunFolder folder;
  private final Consumer<String> notice;
  private final StopRequest stop = new StopRequest(null, Duration.ZERO);
  private final Map<String, JsonNode> results = new HashMap<>();
  private boolean noticed;
  private volatile boolean failed;

  private ResultsLog(RunFolder folder, Consumer<String> notice) {
    this.folder = folder;
    this.notice = notice;
  }

  /**
   * Results that are kept in memory only.
   *
   * @param notice hears that the evaluation is interrupted
   */
  public static ResultsLog inMemory(Consumer<String> notice) {
    return new ResultsLog(null, notice);
  }

  /**
   * Opens the log of a run folder, which is made if it does not exist.
   *
   * @param resume whether what is there is used; else there must be nothing
   * @param settings all that results depend on but what their keys say
   * @param notice hears that the evaluation is interrupted
   * @throws RunException OG-511 when there are none and they are to be used, OG-510 when there are
   *     results and they are not to be used, OG-513 when they are of other settings
   */
  public static ResultsLog open(
      Path path, boolean resume, Map<String, String> settings, Consumer<String> notice) {
    if (resume && !Files.exists(path.resolve(FILE))) {
      throw new RunException(
          RunException.NOTHING_TO_RESUME,
          "folder " + path + " holds no " + FILE,
          "Begin without --resume, or name the folder of the results with --run.");
    }
    ResultsLog log = new ResultsLog(RunFolder.hold(path), notice);
    try {
      log.begin(resume, new TreeMap<>(settings));
      return log;
    } catch (RuntimeException e) {
      log.close();
      throw e;
    }
  }

  private void begin(boolean resume, Map<String, String> settings) {
    Path file = folder.file(FILE);
    if (!Files.exists(file)) {
      ObjectNode line = JsonOutput.tree(Map.of());
      line.set(SETTINGS, JsonOutput.tree(settings));
      TextFile.write(file, line + "\n");
      return;
    }
    if (!resume) {
      throw new RunException(
          RunException.FOLDER_IN_USE,
          "folder " + folder.path() + " holds results",
          "Go on with them by --resume, or choose another folder with --run.");
    }
    List<JsonNode> lines = MetricsLog.read(file);
    JsonNode before = lines.isEmpty() ? JsonOutput.tree(Map.of()) : lines.get(0).path(SETTINGS);
    settings.forEach(
        (name, value) -> {
          if (!before.path(name).asText().equals(value)) {
            throw new RunException(
                RunException.STATE_MISFIT,
                "the results in %s are of %s %s, not %s"
                    .formatted(folder.path(), name, before.path(name).asText(), value),
                "Resume with what they began with, or choose another folder with --run.");
          }
        });
    StringBuilder whole = new StringBuilder();
    for (JsonNode line : lines) {
      whole.append(line).append('\n');
      if (line.has(KEY)) {
        results.put(line.get(KEY).asText(), line.get(RESULT));
      }
    }
    // Without the unfinished last line of a killed run.
    TextFile.write(file, whole.toString());
  }

  /**
   * A result: the stored one, or what the work gives, which is stored.
   *
   * @param key says all that it is of
   * @throws RunException OG-515 when the process was asked to end
   */
  public JsonNode once(String key, Supplier<ObjectNode> work) {
    JsonNode known = known(key);
    if (known != null) {
      return known;
    }
    requireGoing();
    ObjectNode result;
    try {
      result = work.get();
    } catch (RuntimeException | Error e) {
      failed = true;
      throw e;
    }
    requireGoing();
    store(key, result);
    return result;
  }

  /**
   * What results of a network are stored by: its name, which says all of one that is made. Files of
   * several folders may be named alike, so theirs has the file's hash, too. That of the graph would
   * not do: it does not depend on activations.
   */
  public static String key(Architecture architecture) {
    return architecture.properties().containsKey("file")
        ? key(architecture.name(), architecture.model())
        : architecture.name();
  }

  /** A name, and the hash of the file that the model was read from. */
  public static String key(String name, OnnxModel model) {
    return name + " " + model.sha256();
  }

  /**
   * Whether the process was asked to end, or other work failed, which ends the evaluation: long
   * work looks now and then, and gives up.
   */
  public boolean isStopped() {
    return failed || stop.isInterrupted();
  }

  private synchronized void requireGoing() {
    if (failed) {
      throw new CancellationException("other work failed");
    }
    if (!stop.isInterrupted()) {
      return;
    }
    String message = "interrupted after " + results.size() + " results";
    String fix =
        folder == null
            ? "Give a folder with --run to keep results."
            : "Go on with --run " + folder.path() + " --resume.";
    if (!noticed) {
      // Now, because the JVM ends as soon as this log is closed.
      notice.accept(message + ". " + fix);
      noticed = true;
    }
    throw new RunException(RunException.INTERRUPTED, message, fix);
  }

  /** The stored result, or null. */
  public synchronized JsonNode known(String key) {
    return results.get(key);
  }

  /** Has the result made again. */
  synchronized void forget(String key) {
    results.remove(key);
  }

  /** Stores something beside the results. */
  void put(String key, ObjectNode value) {
    store(key, value);
  }

  private synchronized void store(String key, ObjectNode result) {
    results.put(key, result);
    if (folder == null) {
      return;
    }
    ObjectNode line = JsonOutput.tree(Map.of());
    line.put(KEY, key);
    line.set(RESULT, result);
    Path file = folder.file(FILE);
    try {
      Files.writeString(file, line + "\n", StandardCharsets.UTF_8, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new RunException(
          RunException.FILE,
          file + " cannot be written: " + e.getMessage(),
          "Check that the folder exists, may be written to, and has space.");
    }
  }

  /** Lets other processes have the folder, and a JVM end that was asked to. */
  @Override
  public void close() {
    try {
      if (folder != null) {
        folder.close();
      }
    } finally {
      stop.close();
    }
  }
}
