package org.onnxghn.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher {@code onnx-ghn}, copied into a folder of its own, with a {@code java} that prints
 * its arguments and an {@code mvn} that counts its runs.
 */
class LauncherTest {
  private static final Path LAUNCHER = Path.of("..", "onnx-ghn");

  private static final String JAVA =
      """
      #!/bin/sh
      if [ "$1" = -version ]; then echo 'openjdk version "'"${FAKE_VERSION:-17.0.15}"'"' >&2; exit; fi
      for argument; do echo "[$argument]"; done
      echo "offline=$DJL_OFFLINE tracking=$OPT_OUT_TRACKING"
      echo "locale=$LC_ALL"
      exit "${FAKE_EXIT:-0}"
      """;

  private static final String MVN =
      """
      #!/bin/sh
      echo run >>"$FAKE_RUNS"
      echo 'what mvn says'
      sleep "${FAKE_SLEEP:-0}"
      [ -z "${FAKE_BROKEN:-}" ] || exit 1
      list=classpath.txt
      while [ $# -gt 0 ]; do
        [ "$1" != -f ] || pom=$2
        [ "$1" != -Pgpu ] || list=classpath-gpu.txt
        shift
      done
      target=$(dirname "$pom")/trainer/target
      mkdir -p "$target"
      : >"$target/trainer.jar"
      : >"$target/library of.jar"
      printf '%s' "$target/library of.jar:$target/trainer.jar" >"$target/$list"
      """;

  @TempDir Path folder;
  private Path home;
  private Path bin;
  private Path runs;

  @BeforeEach
  void checkout() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "needs a POSIX shell");
    home = Files.createDirectories(folder.resolve("my checkout"));
    bin = Files.createDirectories(folder.resolve("bin"));
    runs = folder.resolve("runs");
    Files.copy(LAUNCHER, home.resolve("onnx-ghn"));
    executable(home.resolve("onnx-ghn"));
    Files.writeString(home.resolve("pom.xml"), "");
    Path sources = Files.createDirectories(home.resolve("trainer/src/main"));
    Files.writeString(sources.resolve("A.java"), "");
    Files.writeString(home.resolve("trainer/pom.xml"), "");
    script("java", JAVA);
    script("mvn", MVN);
  }

  @Test
  void buildsOnFirstUseAndNotAgain() throws Exception {
    Run first = run(Map.of(), "--version");
    assertThat(first.exit()).as(first.toString()).isZero();
    assertThat(first.err()).contains("first use").doesNotContain("what mvn says");
    Run second = run(Map.of(), "--version");
    assertThat(second.err()).isEmpty();
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void passesArgumentsAndExitCodeOn() throws Exception {
    Map<String, String> environment = Map.of("FAKE_EXIT", "3", "LC_ALL", "xx_XX.utf8");
    Run run = run(environment, "convert", "a b.onnx", "*", "", "--only=\"x y\"");
    assertThat(run.exit()).isEqualTo(3);
    assertThat(run.out().lines())
        .containsSubsequence(
            "[org.onnxghn.converter.cli.Main]",
            "[convert]",
            "[a b.onnx]",
            "[*]",
            "[]",
            "[--only=\"x y\"]",
            "locale=xx_XX.utf8");
  }

  @Test
  void startsTheJvmOfflineWithOurAndTheUsersOptions() throws Exception {
    Map<String, String> environment =
        Map.of("ONNX_GHN_JAVA_OPTS", "-Xmx8g -Dx=*", "OMP_NUM_THREADS", "3", "LC_ALL", "C");
    Run run = run(environment, "x");
    assertThat(run.out().lines())
        .contains(
            "locale=C.UTF-8",
            "[-Djdk.console=java.base]",
            "[-Dai.djl.offline=true]",
            "[-Dai.djl.pytorch.num_threads=3]",
            "[-Xmx8g]",
            "[-Dx=*]",
            "offline=true tracking=true");
  }

  @Test
  void onGpusItHasAClassPathOfItsOwn() throws Exception {
    Run without = run(Map.of(), "--gpu", "x");
    assertThat(without.exit()).isEqualTo(2);
    assertThat(without.err()).contains("no NVIDIA GPU").contains("leave out --gpu");
    assertThat(builds()).isZero();

    script("nvidia-smi", "#!/bin/sh\necho 'GPU 0: of a test'\n");
    Run run = run(Map.of(), "--gpu", "x");
    assertThat(run.exit()).as(run.toString()).isZero();
    assertThat(run.out().lines())
        .contains("[-Donnxghn.gpu=true]", "[x]", "offline=false tracking=true")
        .doesNotContain("[--gpu]");
    assertThat(home.resolve("trainer/target/classpath-gpu.txt")).exists();
    assertThat(home.resolve("trainer/target/classpath.txt")).doesNotExist();
    run(Map.of(), "--gpu", "x");
    assertThat(builds()).isEqualTo(1);
    run(Map.of(), "x");
    assertThat(builds()).isEqualTo(2);
  }

  @Test
  void buildsAgainWhenASourceChangedOrWentOrAJarIsMissing() throws Exception {
    run(Map.of(), "x");
    FileTime later = FileTime.fromMillis(System.currentTimeMillis() + 1000);
    Files.setLastModifiedTime(home.resolve("trainer/src/main/A.java"), later);
    assertThat(run(Map.of(), "x").err()).contains("newer than the build");
    assertThat(builds()).isEqualTo(2);
    Files.setLastModifiedTime(home.resolve("trainer/src/main/A.java"), FileTime.fromMillis(0));
    Files.setLastModifiedTime(home.resolve("trainer/src/main"), FileTime.fromMillis(0));
    run(Map.of(), "x");
    assertThat(builds()).isEqualTo(2);
    Files.delete(home.resolve("trainer/target/library of.jar"));
    run(Map.of(), "x");
    assertThat(builds()).isEqualTo(3);
  }

  @Test
  void twoFirstUsesAtOnceBuildOnce() throws Exception {
    Process one = start(Map.of("FAKE_SLEEP", "1"), home.resolve("onnx-ghn"), "x");
    Process two = start(Map.of("FAKE_SLEEP", "1"), home.resolve("onnx-ghn"), "x");
    assertThat(finish(one).exit()).isZero();
    assertThat(finish(two).exit()).isZero();
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void worksThroughSymbolicLinks() throws Exception {
    Path absolute = Files.createSymbolicLink(folder.resolve("a"), home.resolve("onnx-ghn"));
    Path relative = Files.createSymbolicLink(bin.resolve("ghn"), Path.of("../a"));
    assertThat(finish(start(Map.of(), absolute, "x")).exit()).isZero();
    assertThat(finish(start(Map.of(), relative, "x")).exit()).isZero();
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void aFailedBuildShowsItsLogAndIsTriedAgain() throws Exception {
    Run failed = run(Map.of("FAKE_BROKEN", "1"), "x");
    assertThat(failed.exit()).isEqualTo(2);
    assertThat(failed.err()).contains("what mvn says", "the build failed", "build.log");
    assertThat(failed.out()).isEmpty();
    assertThat(run(Map.of(), "x").exit()).isZero();
    assertThat(builds()).isEqualTo(2);
  }

  @Test
  void saysWhatIsMissing() throws Exception {
    Run old = run(Map.of("FAKE_VERSION", "1.8.0_402"), "x");
    assertThat(old.exit()).isEqualTo(2);
    assertThat(old.err()).contains("is Java 1.8.0_402; 17 or newer is needed");
    Run wrongHome = run(Map.of("JAVA_HOME", "/nowhere"), "x");
    assertThat(wrongHome.exit()).isEqualTo(2);
    assertThat(wrongHome.err()).contains("JAVA_HOME is /nowhere");
    assertThat(builds()).isZero();
  }

  @Test
  void refusesAnOlderJavaAfterTheBuildToo() throws Exception {
    run(Map.of(), "x");
    Path other = Files.createDirectories(folder.resolve("jdk11/bin"));
    Files.copy(bin.resolve("java"), other.resolve("java"));
    executable(other.resolve("java"));
    Run run =
        run(Map.of("JAVA_HOME", folder.resolve("jdk11").toString(), "FAKE_VERSION", "11.0.2"), "x");
    assertThat(run.exit()).isEqualTo(2);
    assertThat(run.err()).contains("11.0.2");
  }

  @Test
  void endsWhereThereIsNoWayToLock() throws Exception {
    script("ln", "#!/bin/sh\nexit 1\n");
    Path tools = Files.createDirectories(folder.resolve("tools"));
    for (String tool : List.of("dirname", "mkdir", "readlink", "sleep")) {
      Path usual = Path.of("/usr/bin", tool);
      Path place = Files.exists(usual) ? usual : Path.of("/bin", tool);
      Files.createSymbolicLink(tools.resolve(tool), place);
    }
    Run run = run(Map.of("PATH", bin + ":" + tools), "x");
    assertThat(run.exit()).as(run.toString()).isEqualTo(2);
    assertThat(run.err()).contains("cannot make the link");
    assertThat(builds()).isZero();
  }

  @Test
  void saysWhereItCannotWrite() throws Exception {
    script("flock", "#!/bin/sh\n");
    Path target = Files.writeString(home.resolve("target"), "not a folder");
    assertCannotWrite();
    Files.delete(target);
    Files.createDirectory(target);
    for (String file : List.of("build.lock", "build-started")) {
      Path link = Files.createSymbolicLink(target.resolve(file), Path.of("nowhere", file));
      assertCannotWrite();
      Files.delete(link);
    }
    assertThat(builds()).isZero();
  }

  private void assertCannotWrite() throws Exception {
    Run run = run(Map.of(), "x");
    assertThat(run.exit()).as(run.toString()).isEqualTo(2);
    assertThat(run.err()).contains("onnx-ghn: cannot write to");
  }

  private record Run(int exit, String out, String err) {}

  private Run run(Map<String, String> environment, String... arguments) throws Exception {
    return finish(start(environment, home.resolve("onnx-ghn"), arguments));
  }

  private Process start(Map<String, String> environment, Path launcher, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    Map<String, String> variables = builder.environment();
    variables.keySet().removeAll(List.of("JAVA_HOME", "ONNX_GHN_JAVA_OPTS", "OMP_NUM_THREADS"));
    variables.put("PATH", bin + ":" + variables.getOrDefault("PATH", "/usr/bin:/bin"));
    variables.put("FAKE_RUNS", runs.toString());
    variables.putAll(environment);
    return builder.start();
  }

  /** The outputs are a few lines, which the pipes hold until it has ended. */
  private static Run finish(Process process) throws Exception {
    boolean ended = process.waitFor(30, TimeUnit.SECONDS);
    if (!ended) {
      process.destroyForcibly();
    }
    assertThat(ended).as("ended").isTrue();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.exitValue(), out, err);
  }

  private long builds() throws IOException {
    return Files.exists(runs) ? Files.readAllLines(runs).size() : 0;
  }

  private void script(String name, String text) throws IOException {
    executable(Files.writeString(bin.resolve(name), text));
  }

  private static void executable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
