package org.onnxghn.converter.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Starts {@link VerifierMain}: a process of its own to verify a model in: a model that is made to
 * crash ONNX Runtime, or to take all memory, ends that one only.
 */
final class VerifierProcess {
  // What it prints, as properties; the first before it touches the model.
  static final String RUNTIME = "runtime";
  static final String LOADED = "loaded";
  static final String RAN = "ran";
  static final String FINITE = "finite";
  static final String PROBLEM = "problem";

  /** In the words of a JVM that crashes. */
  private static final Pattern SIGNAL = Pattern.compile("#\\s+(SIG\\w+|EXCEPTION_\\w+)");

  /** For the start and for loading the model. */
  private static final Duration LOADING = Duration.ofMinutes(2);

  /** Exit code of a process that SIGKILL has ended. */
  private static final int KILLED = 137;

  private VerifierProcess() {}

  /**
   * Verifies a model in a new process.
   *
   * @param limit of a run in there
   * @return nothing where no such process can be started, as in an application without a class path
   */
  static Optional<Verification> verify(Path model, long seed, Duration limit) {
    long start = System.nanoTime();
    Process process;
    try {
      process = start(model, seed, limit);
    } catch (IOException e) {
      return Optional.empty();
    }
    // Its input stays open, for the process ends when that does: when this one is killed, too.
    CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> output(process));
    String problem = null;
    try {
      if (!process.waitFor(limit.plus(LOADING).toMillis(), TimeUnit.MILLISECONDS)) {
        problem = "ONNX Runtime did not come to an end";
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      problem = "the verification was interrupted";
    } finally {
      process.destroyForcibly();
    }
    Properties said = new Properties();
    String text = output.join();
    try {
      said.load(new StringReader(text));
    } catch (IOException | IllegalArgumentException e) {
      // The words of a crash.
    }
    boolean started = said.containsKey(RUNTIME) || problem != null;
    if (problem == null) {
      problem = said.getProperty(PROBLEM);
    }
    if (problem == null && !said.containsKey(FINITE)) {
      problem = crash(text, process);
    }
    Verification verification =
        new Verification(
            said.getProperty(RUNTIME, "onnxruntime"),
            Boolean.parseBoolean(said.getProperty(LOADED)),
            Boolean.parseBoolean(said.getProperty(RAN)),
            Boolean.parseBoolean(said.getProperty(FINITE)),
            (System.nanoTime() - start) / 1e9,
            problem);
    return started ? Optional.of(verification) : Optional.empty();
  }

  private static Process start(Path model, long seed, Duration limit) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // It lives for a second: no long compilations. And it leaves no file where it crashes.
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-XX:MaxRAMPercentage=25",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=/dev/null"));
    System.getProperties()
        .forEach(
            (name, value) -> {
              if (name.toString().startsWith("onnxruntime.") || name.equals("java.io.tmpdir")) {
                command.add("-D" + name + "=" + value);
              }
            });
    command.add(VerifierMain.class.getName());
    command.add(model.toAbsolutePath().toString());
    command.add(Long.toString(seed));
    command.add(Long.toString(limit.toMillis()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    // Not by -cp: ONNX Runtime 1.29 crashes the process where its command line is longer than 4 KB.
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    return builder.start();
  }

  private static String output(Process process) {
    try (InputStream output = process.getInputStream()) {
      return new String(output.readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }

  /** What became of a process that has not said how the verification went. */
  private static String crash(String said, Process process) {
    Matcher signal = SIGNAL.matcher(said);
    if (signal.find()) {
      return "ONNX Runtime crashed: " + signal.group(1);
    }
    int code = process.exitValue();
    return code == KILLED
        ? "ONNX Runtime's process was killed, as it is where memory runs out"
        : "ONNX Runtime's process ended with code " + code;
  }
}
