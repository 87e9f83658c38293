package org.onnxghn.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.converter.cli.Main;
import org.onnxghn.converter.images.ImageCache;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.trainer.run.MetricsLog;

class GhnTrainingTest {
  private static final int RECORD = 1 + 3 * 32 * 32;
  private static final List<String> SETTINGS =
      List.of(
          "hypernetwork.hidden=16",
          "hypernetwork.layers=1",
          "hypernetwork.heads=4",
          "hypernetwork.maxChannels=16",
          "images.batch=16",
          "images.validation=32",
          "optimizer.metaBatch=2",
          "run.steps=6",
          "run.saveEvery=2",
          "run.logEvery=1",
          "run.validateEvery=4",
          "run.validationNetworks=2");

  @TempDir private Path folder;
  private Path data;

  /** CIFAR-10's binary form, with images that show their class. */
  @BeforeEach
  void images() throws IOException {
    data = Files.createDirectory(folder.resolve("cifar"));
    Random random = new Random(1);
    for (String name : new String[] {"data_batch_1.bin", "test_batch.bin"}) {
      byte[] bytes = new byte[128 * RECORD];
      random.nextBytes(bytes);
      for (int i = 0; i < bytes.length; i += RECORD) {
        bytes[i] = (byte) (i / RECORD % 10);
        Arrays.fill(bytes, i + 1, i + 1 + 512, (byte) (25 * bytes[i]));
      }
      Files.write(data.resolve(name), bytes);
    }
  }

  private TrainingJob job(String run, boolean resume) {
    return new TrainingJob(
        data,
        folder.resolve(run),
        resume,
        null,
        null,
        1,
        null,
        ImageCache.in(folder.resolve("cache")));
  }

  private static class Quiet implements TrainingObserver {
    @Override
    public void begins(long steps, int images) {}

    @Override
    public void step(
        long step, long steps, double loss, double top1, double perSecond, double progress) {}

    @Override
    public void validated(long step, double top1, boolean best) {}

    @Override
    public void note(String message) {}
  }

  /** A process that dies between two stored states. */
  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  @Test
  void aKilledRunGoesOnWithTheSameNumbers() throws IOException {
    TrainingConfig config = ConfigFile.read("cifar-small", SETTINGS);
    TrainingReport unbroken = GhnTraining.run(config, job("unbroken", false), new Quiet());
    assertThat(unbroken.steps()).isEqualTo(6);
    assertThat(unbroken.ended()).isEqualTo("finished");

    assertThatThrownBy(
            () ->
                GhnTraining.run(
                    config,
                    job("killed", false),
                    new Quiet() {
                      @Override
                      public void step(
                          long step, long steps, double loss, double top1, double n, double p) {
                        if (step == 5) {
                          throw new Killed();
                        }
                      }
                    }))
        .isInstanceOf(Killed.class);
    TrainingReport resumed = GhnTraining.run(config, job("killed", true), new Quiet());
    assertThat(resumed.steps()).isEqualTo(6);
    assertThat(resumed.best()).isEqualTo(unbroken.best());

    for (String file : new String[] {"last.safetensors", "best.safetensors"}) {
      try (Checkpoint one = Checkpoint.read(folder.resolve("unbroken").resolve(file));
          Checkpoint two = Checkpoint.read(folder.resolve("killed").resolve(file))) {
        assertThat(two.weightsSha256()).as(file).isEqualTo(one.weightsSha256());
      }
    }
    assertThat(losses("killed")).hasSize(6).isEqualTo(losses("unbroken"));
    assertThat(folder.resolve("killed/curves.png")).exists();
  }

  private List<Double> losses(String run) {
    List<Double> losses = new ArrayList<>();
    for (JsonNode line : MetricsLog.read(folder.resolve(run).resolve(MetricsLog.FILE))) {
      if (line.has("loss")) {
        losses.add(line.get("loss").asDouble());
      }
    }
    return losses;
  }

  @Test
  void theCommandsWorkTogether() throws IOException {
    String run = folder.resolve("run").toString();
    String[] train = {
      "train",
      "--config",
      "cifar-small",
      "--data",
      data.toString(),
      "--run",
      run,
      "--json",
      "--cache",
      folder.resolve("cache").toString()
    };
    List<String> arguments = new ArrayList<>(List.of(train));
    SETTINGS.forEach(setting -> arguments.addAll(List.of("--set", setting)));
    arguments.addAll(List.of("--set", "run.steps=2"));
    JsonNode report = json(arguments.toArray(String[]::new));
    assertThat(report.get("steps").asInt()).isEqualTo(2);

    String best = report.get("checkpoint").asText();
    JsonNode evaluation =
        json(
            "evaluate",
            "zero-shot",
            "--checkpoint",
            best,
            "--data",
            data.toString(),
            "--split",
            "test",
            "--count",
            "2",
            "--json");
    assertThat(evaluation.get("networks")).hasSize(2);
    assertThat(evaluation.get("networks").get(0).get("zeroShot").get("top1").asDouble())
        .isBetween(0.0, 1.0);
    assertThat(evaluation.get("summary").get("test").get("networks").asInt()).isEqualTo(2);

    Path nets = folder.resolve("nets");
    JsonNode generated =
        json("generate", "--count", "2", "--space", "small", "-o", nets.toString(), "--json");
    assertThat(generated.get("summary").get("nodes").get("mean").asDouble()).isGreaterThan(10);
    JsonNode own =
        json(
            "evaluate",
            "zero-shot",
            "--checkpoint",
            best,
            "--data",
            data.toString(),
            "--networks",
            nets + "/*.onnx",
            "--json");
    // The files are the networks that the split has.
    for (int i = 0; i < 2; i++) {
      assertThat(own.get("networks").get(i).get("zeroShot"))
          .isEqualTo(evaluation.get("networks").get(i).get("zeroShot"));
    }
  }

  private static JsonNode json(String... arguments) throws IOException {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(arguments, new PrintWriter(out), new PrintWriter(err));
    assertThat(code).as(out + "\n" + err).isZero();
    return new ObjectMapper().readTree(out.toString());
  }

  @Test
  void refusesDataOfOtherClasses() {
    TrainingConfig config = ConfigFile.read("ghn3-t", List.of("architectures.variant=cifar"));
    assertThatThrownBy(() -> GhnTraining.run(config, job("run", false), new Quiet()))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("10 classes");
  }
}
