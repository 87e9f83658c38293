package org.onnxghn.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.converter.images.Images;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.trainer.CommandRun;
import org.onnxghn.trainer.deepnets.ModelFiles;
import org.onnxghn.trainer.run.MetricsLog;
import org.onnxghn.trainer.run.RunException;

class GhnTrainingTest {
  @TempDir private Path folder;

  @BeforeEach
  void images() {
    SmallRun.images(folder);
  }

  private TrainingJob job(String run, boolean resume) {
    return SmallRun.job(folder, run, resume, null);
  }

  /** A process that dies between two stored states. */
  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  @Test
  void aKilledRunGoesOnWithTheSameNumbers() {
    TrainingConfig config = SmallRun.config("cifar-small");
    TrainingReport unbroken = GhnTraining.run(config, job("unbroken", false), new SmallRun.Quiet());
    assertThat(unbroken.steps()).isEqualTo(6);
    assertThat(unbroken.ended()).isEqualTo("finished");

    assertThatThrownBy(
            () ->
                GhnTraining.run(
                    config,
                    job("killed", false),
                    new SmallRun.Quiet() {
                      @Override
                      public void step(
                          long step, long steps, double loss, double top1, double n, double p) {
                        if (step == 5) {
                          throw new Killed();
                        }
                      }
                    }))
        .isInstanceOf(Killed.class);
    TrainingReport resumed = GhnTraining.run(config, job("killed", true), new SmallRun.Quiet());
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

  @ParameterizedTest
  @ValueSource(strings = {"ghn2", "mlp"})
  void theOtherHypernetworksTrain(String preset) {
    TrainingConfig config =
        SmallRun.config(
            preset,
            "hypernetwork.layers=1",
            "hypernetwork.heads=1",
            "hypernetwork.numClasses=10",
            "architectures.variant=cifar",
            "architectures.space=small",
            "run.steps=2");
    TrainingReport report = GhnTraining.run(config, job(preset, false), new SmallRun.Quiet());
    assertThat(report.steps()).isEqualTo(2);
    assertThat(report.skippedSteps()).isZero();
    try (Checkpoint before = Checkpoint.initialise(config.hypernetwork(), config.run().seed());
        Checkpoint after = Checkpoint.read(folder.resolve(preset).resolve("last.safetensors"))) {
      assertThat(after.config()).isEqualTo(config.hypernetwork());
      for (String tensor : before.tensorNames()) {
        // Every tensor of the encoder learns; tables do so in the rows that are used.
        if (tensor.startsWith("gnn.")) {
          assertThat(after.floats(tensor)).as(tensor).isNotEqualTo(before.floats(tensor));
        }
      }
    }
  }

  @Test
  void withoutAFiniteLossItEndsWithAdvice() throws Exception {
    SmallRun.Notes observer = new SmallRun.Notes();
    TrainingConfig config =
        SmallRun.config(
            "cifar-small",
            "optimizer.learningRate=1e30",
            "run.steps=60",
            "run.saveEvery=1",
            "run.keepEvery=1",
            "run.validateEvery=1");
    assertThatThrownBy(() -> GhnTraining.run(config, job("nan", false), observer))
        .isInstanceOfSatisfying(
            TrainingException.class,
            e -> {
              assertThat(e.code()).isEqualTo(TrainingException.NOT_FINITE);
              assertThat(e.fix()).contains("learningRate");
            });
    assertThat(observer.notes).hasSize(20).allMatch(note -> note.contains("not finite"));
    assertThat(folder.resolve("nan/state.safetensors")).exists();
    // What is stored are numbers, whatever happened to the weights in between.
    try (Stream<Path> files = Files.list(folder.resolve("nan"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
        if (!file.endsWith("state.safetensors")) {
          assertFinite(file);
        }
      }
    }
  }

  private static void assertFinite(Path file) {
    try (Checkpoint checkpoint = Checkpoint.read(file)) {
      for (String name : checkpoint.tensorNames()) {
        FloatBuffer values = checkpoint.floats(name);
        while (values.hasRemaining()) {
          assertThat(Float.isFinite(values.get())).as("%s: %s", file, name).isTrue();
        }
      }
    }
  }

  @Test
  void aResumedRunMustHaveTheSameNetworks() {
    GhnTraining.run(
        SmallRun.config("cifar-small", "run.steps=1"), job("run", false), new SmallRun.Quiet());
    Path nets = folder.resolve("nets");
    CommandRun.of("generate", "--space", "small", "--count", "1", "-o", nets, "--json").json();
    TrainingJob other = SmallRun.job(folder, "run", true, ModelFiles.of(nets.toString()));
    assertThatThrownBy(
            () -> GhnTraining.run(SmallRun.config("cifar-small"), other, new SmallRun.Quiet()))
        .isInstanceOf(RunException.class)
        .hasMessageContaining("DeepNets");
  }

  /** The deep networks of the full space have some 370 nodes, and eight at most 2,200. */
  @Test
  void stepsOfLargeGraphsAreLeftOutWithAWord() {
    SmallRun.Notes observer = new SmallRun.Notes();
    TrainingConfig config =
        SmallRun.config(
            "cifar-small",
            "architectures.split=deep",
            "architectures.space=full",
            "architectures.shallowSteps=0",
            "optimizer.metaBatch=8",
            "run.steps=2");
    TrainingReport report = GhnTraining.run(config, job("deep", false), observer);
    assertThat(report.tooLargeSteps()).isEqualTo(2);
    assertThat(report.skippedSteps()).isZero();
    assertThat(observer.notes).singleElement().asString().contains("too large");
  }

  @Test
  void runsAreJudgedByTheSameImagesAndNetworks() {
    TrainingConfig one = SmallRun.config("cifar-small");
    TrainingConfig other = SmallRun.config("cifar-small", "run.seed=5", "architectures.seed=6");
    assertThat(other.validationDeepNets().identity())
        .isEqualTo(one.validationDeepNets().identity());
    assertThat(heldOut(other)).isEqualTo(heldOut(one));
  }

  private List<Integer> heldOut(TrainingConfig config) {
    Images images =
        TrainingImages.open(config, job("none", false), new SmallRun.Quiet()).validation();
    byte[] pixels = new byte[images.imageBytes()];
    List<Integer> hashes = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      images.read(i, pixels);
      hashes.add(Arrays.hashCode(pixels));
    }
    return hashes;
  }

  @Test
  void badImagesAreNamed() throws Exception {
    Path data = folder.resolve("cifar");
    for (int label = 0; label < 10; label++) {
      Path images = Files.createDirectories(data.resolve("train/class" + label));
      for (int i = 0; i < 6; i++) {
        BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
        ImageIO.write(image, "png", images.resolve(i + ".png").toFile());
      }
    }
    for (String binary : new String[] {"data_batch_1.bin", "test_batch.bin"}) {
      Files.delete(data.resolve(binary));
    }
    Files.writeString(data.resolve("train/class3/2.png"), "no image");
    SmallRun.Notes observer = new SmallRun.Notes();
    TrainingImages.open(SmallRun.config("cifar-small"), job("none", false), observer);
    assertThat(observer.notes).singleElement().asString().contains("1 bad image", "2.png");
  }

  @Test
  void refusesDataOfOtherClasses() {
    TrainingConfig config = ConfigFile.read("ghn3-t", List.of("architectures.variant=cifar"));
    assertThatThrownBy(() -> GhnTraining.run(config, job("run", false), new SmallRun.Quiet()))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("10 classes");
  }
}
