package org.onnxghn.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.trainer.CommandRun;

/** Runs that start from a checkpoint. */
class StartedTrainingTest {
  @TempDir private Path folder;

  @BeforeEach
  void images() {
    SmallRun.images(folder);
  }

  @ParameterizedTest
  @ValueSource(strings = {"training.steps", "training.seconds"})
  void whatACheckpointSaysOfItsTrainingMustBeNumbers(String key) {
    Path start = folder.resolve("start.safetensors");
    String wrong = key.equals("training.steps") ? "1e5" : "a while";
    Checkpoint.initialise(SmallRun.config("cifar-small").hypernetwork(), 1)
        .described(null, Map.of("training.steps", "7", "training.seconds", "8"))
        .described(null, Map.of(key, wrong))
        .write(start, ElementType.FLOAT);
    List<String> arguments = SmallRun.command(folder, "cifar-small", "run.steps=1");
    arguments.addAll(
        List.of("--run", folder.resolve("run").toString(), "--checkpoint", start.toString()));
    CommandRun.of(arguments).assertRefused("OG-540", wrong, "checkpoint import", key + "=0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"mlp", "ghn2"})
  void theNumberOfLayersOfAnEncoderWithoutAnyIsOfNoAccount(String kind) {
    TrainingConfig config =
        SmallRun.config(
            "cifar-small",
            "hypernetwork.kind=" + kind,
            "hypernetwork.layers=3",
            "run.steps=1",
            "run.validationNetworks=1");
    GhnTraining.run(config, SmallRun.job(folder, "first", false, null), new SmallRun.Quiet());
    Path start = folder.resolve("first").resolve("last.safetensors");
    TrainingJob job = SmallRun.job(folder, "second", false, null);
    TrainingReport report =
        GhnTraining.run(
            config,
            new TrainingJob(
                job.data(), job.run(), false, start, null, 1, job.devices(), null, job.cache()),
            new SmallRun.Quiet());
    assertThat(report.steps()).isEqualTo(1);
  }
}
