package org.onnxghn.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.trainer.CommandRun;
import org.onnxghn.trainer.GpuTest;
import org.onnxghn.trainer.run.MetricsLog;

/** The same runs as on the CPU, on GPUs. */
class GpuTrainingTest {
  @TempDir private Path folder;

  @BeforeEach
  void images() {
    SmallRun.images(folder);
  }

  private double train(String run, TrainingDevices devices, String precision) {
    TrainingJob job = SmallRun.job(folder, run, false, null);
    TrainingReport report =
        GhnTraining.run(
            SmallRun.config("cifar-small", "run.precision=" + precision),
            new TrainingJob(
                job.data(), job.run(), false, null, null, 1, devices, null, job.cache()),
            new SmallRun.Quiet());
    assertThat(report.ended()).isEqualTo("finished");
    assertThat(report.precision()).isEqualTo(precision);
    List<Double> losses =
        MetricsLog.read(job.run().resolve(MetricsLog.FILE)).stream()
            .filter(line -> line.has("loss"))
            .map(line -> line.get("loss").asDouble())
            .toList();
    return losses.get(losses.size() - 1);
  }

  @GpuTest
  void givesTheLossOfTheCpu() {
    double expected = train("cpu", TrainingDevices.cpu(1), "float32");
    TrainingDevices gpu = TrainingDevices.of("gpu", 1, 2);
    assertThat(train("gpu", gpu, "float32")).isCloseTo(expected, within(0.01 * expected));
    assertThat(train("float16", gpu, "float16")).isCloseTo(expected, within(0.03 * expected));
    assertThat(train("bfloat16", gpu, "bfloat16")).isCloseTo(expected, within(0.05 * expected));
  }

  @GpuTest
  void theCommandTakesItByItself() {
    List<String> arguments = SmallRun.command(folder, "cifar-small", "run.precision=auto");
    Path run = folder.resolve("run");
    arguments.addAll(List.of("--run", run.toString(), "--devices", "1", "--json"));
    assertThat(CommandRun.of(arguments).json().path("precision").asText()).isEqualTo("float16");
    try (Checkpoint best = Checkpoint.read(run.resolve("best.safetensors"))) {
      assertThat(best.floats("ln.weight").get(0)).isFinite();
    }
  }

  @GpuTest
  void severalShareAStep() {
    int gpus = Engine.getEngine("PyTorch").getGpuCount();
    if (gpus > 1) {
      double one = train("one", TrainingDevices.of("gpu", 1, 2), "float32");
      double two = train("two", TrainingDevices.of("gpu", 2, 2), "float32");
      assertThat(two).isCloseTo(one, within(0.01 * one));
    }
  }
}
