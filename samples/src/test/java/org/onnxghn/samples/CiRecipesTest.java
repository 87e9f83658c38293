package org.onnxghn.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The recipes of {@code samples/ci}, run by a shell as they stand there, in a project with a folder
 * of models and {@code onnx-ghn} on the path.
 */
class CiRecipesTest {
  private static final Pattern STEP = Pattern.compile("(?m)^ +- run: (onnx-ghn check .*)$");

  @TempDir Path folder;
  private Path project;
  private Path bin;

  @BeforeEach
  void project() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "needs bash");
    bin = Files.createDirectory(folder.resolve("bin"));
    String launcher =
        "#!/bin/sh\nexec '%s' -XX:TieredStopAtLevel=1 -cp '%s' org.onnxghn.converter.cli.Main \"$@\"\n"
            .formatted(
                Path.of(System.getProperty("java.home"), "bin", "java"),
                System.getProperty("java.class.path"));
    Path script = Files.writeString(bin.resolve("onnx-ghn"), launcher);
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    project = folder.resolve("my project");
    Files.createDirectories(project.resolve("models"));
    Files.copy(Path.of("models/resnet18.onnx"), project.resolve("models/resnet 18.onnx"));
  }

  /** GitHub's shell for a step. */
  private int bash(String command) throws IOException, InterruptedException {
    return run("/bin/bash", "-eo", "pipefail", "-c", command);
  }

  private int run(String... command) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(project.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile());
    builder.environment().merge("PATH", bin + ":", (path, front) -> front + path);
    builder.environment().put("GITHUB_STEP_SUMMARY", folder.resolve("summary.md").toString());
    Process process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(String.join(" ", command)).isTrue();
    return process.exitValue();
  }

  private static List<String> steps() throws IOException {
    return STEP.matcher(Files.readString(Path.of("ci/check-models.yml")))
        .results()
        .map((MatchResult match) -> match.group(1))
        .toList();
  }

  @Test
  void theWorkflowReportsAndPasses() throws Exception {
    assertThat(steps()).hasSize(3);
    for (String step : steps()) {
      assertThat(bash(step)).as(step + Files.readString(folder.resolve("log"))).isZero();
    }
    assertThat(folder.resolve("summary.md")).content().contains("check: passed", "| full |");
    assertThat(project.resolve("onnx-ghn.sarif")).content().contains("\"version\" : \"2.1.0\"");
  }

  @Test
  void theWorkflowReportsARefusedModelBeforeItFails() throws Exception {
    Files.writeString(project.resolve("models/broken.onnx"), "no model");
    assertThat(bash(steps().get(0))).isZero();
    assertThat(bash(steps().get(1))).isZero();
    assertThat(bash(steps().get(2))).isEqualTo(2);
    assertThat(folder.resolve("summary.md")).content().contains("check: failed", "OG-102");
    assertThat(project.resolve("onnx-ghn.sarif")).content().contains("models/broken.onnx");
  }

  /** Commits the project, with the hook. */
  private void repository() throws IOException, InterruptedException {
    assumeTrue(run("git", "init", "-q") == 0, "needs git");
    Path hook = project.resolve(".git/hooks/pre-commit");
    Files.createDirectories(hook.getParent());
    Files.copy(Path.of("ci/pre-commit"), hook);
    Files.setPosixFilePermissions(hook, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(commit()).as(Files.readString(folder.resolve("log"))).isZero();
  }

  @Test
  void theHookRefusesACommitWithABrokenModel() throws Exception {
    repository();
    Files.writeString(project.resolve("models/broken.onnx"), "no model");
    assertThat(commit()).isNotZero();
    assertThat(folder.resolve("log")).content().contains("OG-102");
    Files.delete(project.resolve("models/broken.onnx"));
    Files.writeString(project.resolve("readme.txt"), "no model needed");
    assertThat(commit()).isZero();
  }

  @Test
  void theHookChecksAModelThatWasRenamedAndEdited() throws Exception {
    repository();
    Path model = project.resolve("models/resnet 18.onnx");
    byte[] bytes = Files.readAllBytes(model);
    Arrays.fill(bytes, 0, 12, (byte) 0xff);
    Files.delete(model);
    Files.write(project.resolve("models/renamed.onnx"), bytes);
    assertThat(bash("git add -A && git diff --cached -M --name-status | grep ^R")).isZero();
    assertThat(commit()).isNotZero();
    assertThat(folder.resolve("log")).content().contains("renamed.onnx", "OG-102");
  }

  private int commit() throws IOException, InterruptedException {
    return bash(
        "git add -A && git -c user.name=n -c user.email=e@example.org -c commit.gpgsign=false"
            + " commit -q -m text");
  }
}
