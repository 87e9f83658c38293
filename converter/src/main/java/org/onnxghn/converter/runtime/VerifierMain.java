package org.onnxghn.converter.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;

/** The process that {@link VerifierProcess} starts. */
final class VerifierMain {
  private VerifierMain() {}

  /**
   * Verifies a model, prints what came of it, and ends: at the end of its input already.
   *
   * @param arguments the model, the seed, milliseconds for a run
   */
  public static void main(String[] arguments) throws Exception {
    Thread parent = new Thread(VerifierMain::haltAtEndOfInput);
    parent.setDaemon(true);
    parent.start();
    preferredWhereMemoryRunsOut();
    print(VerifierProcess.RUNTIME, Verifier.runtime());
    Runnable work = () -> work(arguments);
    Thread thread = DeepStack.thread(work, "verifier");
    thread.setUncaughtExceptionHandler((t, e) -> fail(e));
    try {
      thread.start();
      thread.join();
    } catch (OutOfMemoryError e) {
      // No address space for such a stack.
      work.run();
    }
    System.exit(0);
  }

  private static void work(String[] arguments) {
    Verification verification =
        Verifier.verifyHere(
            Path.of(arguments[0]),
            Long.parseLong(arguments[1]),
            Duration.ofMillis(Long.parseLong(arguments[2])));
    if (verification.problem() != null) {
      print(VerifierProcess.PROBLEM, verification.problem());
    }
    print(VerifierProcess.LOADED, Boolean.toString(verification.loaded()));
    print(VerifierProcess.RAN, Boolean.toString(verification.ran()));
    print(VerifierProcess.FINITE, Boolean.toString(verification.finite()));
  }

  private static void fail(Throwable cause) {
    print(VerifierProcess.PROBLEM, cause.toString());
    System.exit(1);
  }

  private static void print(String name, String value) {
    Properties property = new Properties();
    property.setProperty(name, value);
    try {
      property.store(System.out, null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    System.out.flush();
  }

  private static void haltAtEndOfInput() {
    try {
      while (System.in.read() >= 0) {
        // Nothing is ever written.
      }
    } catch (IOException e) {
      // As its end.
    }
    Runtime.getRuntime().halt(1);
  }

  /** Linux ends the process that takes most memory, unless another one volunteers. */
  private static void preferredWhereMemoryRunsOut() {
    try {
      Path score = Path.of("/proc/self/oom_score_adj");
      if (Files.exists(score)) {
        Files.writeString(score, "1000");
      }
    } catch (IOException | RuntimeException e) {
      // Then the one that takes most is as likely this one.
    }
  }
}
