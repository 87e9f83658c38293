package org.onnxghn.converter.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
  @TempDir private Path folder;

  @Test
  void saysItsVersion() {
    Run run = Run.of("--version");
    assertThat(run.code()).isZero();
    assertThat(run.out()).matches("onnx-ghn \\d+\\.\\d+\\.\\d+\\S*\\R");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "convert",
        "accuracy",
        "recalibrate",
        "check",
        "inspect",
        "checkpoint",
        "checkpoint import",
        "checkpoint info",
        "checkpoint init",
        "completion"
      })
  void everyCommandHasHelpWithExamples(String command) {
    Run run = Run.of((Object[]) (command + " --help").strip().split(" "));
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("Usage: onnx-ghn", "Examples:", "onnx-ghn " + command);
    assertThat(run.err()).isEmpty();
  }

  @Test
  void completionIsAScriptThatKnowsTheCommands() {
    Run run = Run.of("completion");
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("complete -F", "convert", "--min-coverage", "checkpoint");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "convert",
        "check",
        "inspect",
        "convert in.onnx --checkpoint none",
        "convert in.onnx -o out.onnx",
        "convert in.onnx -o out.onnx --checkpoint none --fallback what",
        "convert in.onnx -o out.onnx --checkpoint none --head what",
        "convert in.onnx -o out.onnx --checkpoint none --seed x",
        "convert in.onnx -o out.onnx --checkpoint c.safetensors --noise -1",
        "convert in.onnx -o out.onnx --checkpoint c.safetensors --noise NaN",
        "convert in.onnx -o out.onnx --checkpoint none --min-coverage 1.5",
        "checkpoint",
        "checkpoint init --preset what -o x.safetensors"
      })
  void wrongUsageIsTwo(String line) {
    Run run = line.isEmpty() ? Run.of() : Run.of((Object[]) line.split(" "));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).isNotBlank().doesNotContain("at org.onnxghn");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void aPathThatIsNoneIsWrongUsage() {
    Run run = Run.of("convert", "in.onnx", "-o", "out.onnx", "--checkpoint", "a\0b");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("--checkpoint").doesNotContain("at org.onnxghn");
  }

  @Test
  void wrongUsageIsSaidInAFewLines() {
    Object[] call = {"convert", "in.onnx", "-o", "x.onnx", "--checkpoint", "none", "--seed", ""};
    call[call.length - 1] = "\u001b[2J";
    Run run = Run.of(call);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err().lines().count()).isEqualTo(2);
    assertThat(run.err()).contains("onnx-ghn convert --help").doesNotContain("\u001b");
    call[call.length - 2] = "--seeed";
    assertThat(Run.of(call).err()).contains("Possible solutions: --seed");
  }

  @Test
  void aRefusalHasCodeAndAdvice() {
    Run run =
        Run.of(
            "convert",
            folder.resolve("absent.onnx"),
            "-o",
            folder.resolve("out.onnx"),
            "--checkpoint",
            "none",
            "--json");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).containsPattern("OG-\\d{3}: .*absent\\.onnx");
    assertThat(run.json().path("command").asText()).isEqualTo("convert");
    assertThat(run.json().path("error").path("code").asText()).matches("OG-\\d{3}");
    assertThat(run.json().path("error").path("fix").asText()).isNotBlank();
    Run info = Run.of("checkpoint", "info", folder.resolve("absent"), "--json");
    assertThat(info.json().path("command").asText()).isEqualTo("checkpoint info");
  }

  @ParameterizedTest
  @ValueSource(strings = {"exception", "stack", "link"})
  void aBugIsThreeWithStackTraceAndRequest(String kind) {
    Run run = Run.of("broken", kind);
    assertThat(run.code()).isEqualTo(3);
    assertThat(run.err()).contains("please report", "BrokenCommand.call");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void tooLittleMemoryForPyTorchIsARefusal() {
    Run run = Run.of("broken", "native", "--json");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.json().path("error").path("code").asText()).isEqualTo("OG-352");
    assertThat(run.err()).contains("outside of the heap").doesNotContain("at org.onnxghn");
  }

  @Test
  void tooSmallAHeapIsARefusal() {
    Run run = Run.of("broken", "memory");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("OG-404", "ONNX_GHN_JAVA_OPTS=-Xmx").doesNotContain("report");
  }

  @Test
  void tooSmallAHeapIsOneJsonObjectWhereThatIsAskedFor() {
    Run run = Run.of("broken", "memory", "--json");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.json().path("command").asText()).isEqualTo("broken");
    assertThat(run.json().path("error").path("code").asText()).isEqualTo("OG-404");
    assertThat(run.err()).contains("OG-404");
  }

  @Test
  void aCommandOfAnotherModuleGivesTheExitCode() {
    assertThat(Run.of("broken", "not").code()).isEqualTo(1);
  }

  @Test
  void wrongUsageIsJsonToo() {
    for (String line :
        new String[] {
          "convert in.onnx --json",
          "convert in.onnx -o out.onnx --seed x --format json",
          "checkpoint init --preset ghn3-t --json"
        }) {
      Run run = Run.of((Object[]) line.split(" "));
      assertThat(run.code()).isEqualTo(2);
      assertThat(run.json().path("error").path("code").asText()).as(line).isEqualTo("OG-400");
      assertThat(run.json().path("error").path("fix").asText()).contains("--help");
    }
    Run bug = Run.of("broken", "exception", "--json");
    assertThat(bug.code()).isEqualTo(3);
    assertThat(bug.json().path("error").path("code").asText()).isEqualTo("OG-419");
  }

  @Test
  void helpWalksAllWords() {
    assertThat(Run.of("help", "checkpoint", "import").out())
        .isEqualTo(Run.of("checkpoint", "import", "--help").out());
    assertThat(Run.of("help").out()).isEqualTo(Run.of("--help").out());
    Run unknown = Run.of("help", "checkpoint", "nonsense");
    assertThat(unknown.code()).isEqualTo(2);
    assertThat(unknown.err()).contains("nonsense");
  }

  /** A line of an example that is broken cannot be copied, and a list has no room for more. */
  @Test
  void examplesAreWholeAndListsHaveSentences() {
    String list = Run.of("--help").out();
    String commands = list.substring(list.indexOf("Commands:"), list.indexOf("Examples:"));
    assertThat(commands.strip().lines().skip(1)).allMatch(line -> line.endsWith("."));
    for (String command : new String[] {"inspect", "checkpoint import", "recalibrate"}) {
      String help = Run.of((Object[]) (command + " --help").split(" ")).out();
      String examples = help.substring(help.indexOf("Examples:"));
      assertThat(examples.strip().lines().skip(1)).allMatch(line -> line.matches("  +\\S.*"));
    }
  }

  /** In a process of its own: native code that has no more stack ends it. */
  @ParameterizedTest
  @CsvSource({"deep, 41, ''", "not, 1, ''", "exception, 3, please report", "memory, 2, OG-404"})
  void commandsHaveRoomForDeepRecursionAndExitWithTheirCode(String kind, int code, String words)
      throws Exception {
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                Main.class.getName(),
                "broken",
                kind)
            .redirectError(err.toFile());
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    Process process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(err)).contains(words);
    assertThat(process.exitValue()).isEqualTo(code);
  }
}
