package org.onnxghn.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.onnxghn.converter.cli.Main;

/**
 * A command, run in this process, or in one of its own that can be killed.
 *
 * @param code exit code
 */
public record CommandRun(int code, String out, String err) {
  /** In this process. */
  public static CommandRun of(List<?> arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] strings = arguments.stream().map(Object::toString).toArray(String[]::new);
    int code = Main.run(strings, new PrintWriter(out), new PrintWriter(err));
    return new CommandRun(code, out.toString(), err.toString());
  }

  /** In this process. */
  public static CommandRun of(Object... arguments) {
    return of(Arrays.asList(arguments));
  }

  /** What a command that went well wrote to stdout. */
  public JsonNode json() {
    assertThat(code).as(err).isZero();
    try {
      return new ObjectMapper().readTree(out);
    } catch (IOException e) {
      throw new AssertionError(out, e);
    }
  }

  /** Wrong usage or bad input: exit code 2, and no stack trace. */
  public void assertRefused(String... contained) {
    assertThat(code).as(err).isEqualTo(2);
    assertThat(err).doesNotContain("\tat ");
    for (String text : contained) {
      assertThat(err).contains(text);
    }
  }

  /**
   * In a process of its own, as the launcher starts it.
   *
   * @param err where its stderr goes
   */
  public static Process start(Path err, List<String> arguments) throws IOException {
    return start(ProcessBuilder.Redirect.DISCARD, err, arguments);
  }

  /** As {@link #start(Path, List)}, with its output somewhere. */
  public static Process start(ProcessBuilder.Redirect out, Path err, List<String> arguments)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dai.djl.offline=true",
                "-Dai.djl.pytorch.num_threads="
                    + System.getProperty("ai.djl.pytorch.num_threads", "2"),
                Main.class.getName()));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(err.toFile()).redirectOutput(out);
    // Not by -cp: ONNX Runtime does not stand long command lines.
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.environment().put("OPT_OUT_TRACKING", "true");
    return builder.start();
  }
}
