package org.onnxghn.converter.cli;

import java.util.concurrent.Callable;

/**
 * A subcommand of {@code onnx-ghn}. Modules above this one add theirs with {@link
 * java.util.ServiceLoader}: a class with picocli's {@code @Command}, named in {@code
 * META-INF/services/org.onnxghn.converter.cli.CliCommand}. It returns the exit code: 0 done, 1
 * findings at or above the threshold.
 */
public interface CliCommand extends Callable<Integer> {
  /** Whether stdout gets one JSON object; an error becomes one too. */
  default boolean isJson() {
    return false;
  }

  /**
   * What that object says the command is.
   *
   * @param words the command as it was called, such as {@code checkpoint info}
   */
  default String jsonName(String words) {
    return words;
  }
}
