package org.onnxghn.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.trainer.CommandRun;
import org.onnxghn.trainer.run.MetricsLog;
import org.onnxghn.trainer.run.RunFolder;

/** Processes that are killed (signal 9) wherever they are, or asked to end, and resumed. */
@DisabledOnOs(OS.WINDOWS)
class KilledTrainingTest {
  private static final int STEPS = 10;

  @TempDir private Path folder;
  private final List<String> command = new ArrayList<>();
  private Path run;

  /** So large that writing the state takes a while, and after each step. */
  private static final String[] SETTINGS = {
    "hypernetwork.maxChannels=64", "run.saveEvery=1", "run.steps=" + STEPS
  };

  @Test
  void goesOnWithTheSameNumbers() throws Exception {
    SmallRun.images(folder);
    run = folder.resolve("killed");
    Path whole = folder.resolve("whole");
    command.addAll(SmallRun.command(folder, "cifar-small", SETTINGS));
    List<String> unbroken = new ArrayList<>(command);
    unbroken.addAll(List.of("--run", whole.toString(), "--devices", "1"));
    assertThat(CommandRun.of(unbroken).code()).isZero();

    // Before or in the first state, in a later one, and between two.
    kill(() -> Files.exists(run.resolve("config.yaml")));
    kill(() -> lines() >= 2 && writesState());
    int lines = lines();
    kill(() -> lines() >= Math.min(lines + 3, STEPS - 2));
    assertThat(run.resolve("last.safetensors")).exists();

    CommandRun last = CommandRun.of(arguments());
    assertThat(last.code()).as(last.err()).isZero();
    assertThat(losses(run)).hasSize(STEPS).isEqualTo(losses(whole));
    for (String file : List.of("last.safetensors", "best.safetensors")) {
      try (Checkpoint one = Checkpoint.read(whole.resolve(file));
          Checkpoint two = Checkpoint.read(run.resolve(file))) {
        assertThat(two.weightsSha256()).as(file).isEqualTo(one.weightsSha256());
      }
    }
    assertThat(unfinished()).as("nothing is left of what was being written").isEmpty();
  }

  /** Not INT: what starts in the background of a shell script ignores that. */
  @Test
  void aRunThatIsAskedToEndReportsWhatThereIs() throws Exception {
    SmallRun.images(folder);
    run = folder.resolve("asked");
    command.addAll(SmallRun.command(folder, "cifar-small", "run.steps=1000"));
    command.addAll(List.of("--set", "run.validateEvery=1000", "--json"));
    Path out = folder.resolve("out.json");
    Path err = folder.resolve("err.txt");
    Process process = CommandRun.start(ProcessBuilder.Redirect.to(out.toFile()), err, arguments());
    while (lines() < 2) {
      assertThat(process.isAlive()).as(Files.readString(err)).isTrue();
      Thread.sleep(10);
    }
    process.destroy();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(143);
    JsonNode report = new ObjectMapper().readTree(out.toFile());
    assertThat(report.path("ended").asText()).isEqualTo("interrupted");
    assertThat(report.path("best").isNull()).as("not evaluated yet").isTrue();
    assertThat(Path.of(report.path("checkpoint").asText()))
        .isEqualTo(run.resolve("last.safetensors"))
        .exists();
    assertThat(Files.readString(err)).contains("--resume");
  }

  private List<String> arguments() {
    boolean begun = Files.exists(run.resolve(RunFolder.STATE));
    List<String> arguments =
        new ArrayList<>(
            begun
                ? List.of(
                    "train",
                    "--resume",
                    "--data",
                    folder.resolve("cifar").toString(),
                    "--cache",
                    folder.resolve("cache").toString())
                : command);
    arguments.addAll(List.of("--run", run.toString(), "--devices", "1"));
    return arguments;
  }

  private void kill(BooleanSupplier when) throws Exception {
    Path err = folder.resolve("err.txt");
    Process process = CommandRun.start(err, arguments());
    while (!when.getAsBoolean()) {
      assertThat(process.isAlive()).as(Files.readString(err)).isTrue();
      Thread.sleep(1);
    }
    process.destroyForcibly();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  private int lines() {
    return Files.exists(run.resolve(MetricsLog.FILE)) ? losses(run).size() : 0;
  }

  private boolean writesState() {
    return unfinished().stream().anyMatch(name -> name.startsWith("." + RunFolder.STATE));
  }

  private List<String> unfinished() {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(run, ".*.tmp")) {
      files.forEach(file -> names.add(file.getFileName().toString()));
    } catch (IOException e) {
      return names;
    }
    return names;
  }

  private static List<Double> losses(Path folder) {
    List<Double> losses = new ArrayList<>();
    for (JsonNode line : MetricsLog.read(folder.resolve(MetricsLog.FILE))) {
      if (line.has("loss")) {
        losses.add(line.get("loss").asDouble());
      }
    }
    return losses;
  }
}
