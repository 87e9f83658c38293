package org.onnxghn.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.ghn.checkpoint.TensorFile;
import org.onnxghn.onnx.WriteOptions;
import org.onnxghn.trainer.deepnets.ModelFiles;
import org.onnxghn.trainer.run.RunException;
import org.onnxghn.trainer.run.RunFolder;

/** A resumed run must have the images and networks that it began with, wherever they are. */
class ResumedTrainingTest {
  /** A label, then an image. */
  private static final int RECORD = 1 + 3 * 32 * 32;

  @TempDir private Path folder;

  @BeforeEach
  void images() {
    SmallRun.images(folder);
  }

  private static TrainingReport run(int steps, TrainingJob job) {
    TrainingConfig config =
        SmallRun.config("cifar-small", "run.steps=" + steps, "run.validationNetworks=1");
    return GhnTraining.run(config, job, new SmallRun.Quiet());
  }

  private TrainingJob job(boolean resume, ModelFiles files) {
    return SmallRun.job(folder, "run", resume, files);
  }

  private TrainingJob resumed(Path data) {
    TrainingJob job = job(true, null);
    return new TrainingJob(data, job.run(), true, null, null, 1, job.devices(), null, job.cache());
  }

  private static void assertMisfit(TrainingJob job, String said) {
    assertThatThrownBy(() -> run(9, job))
        .isInstanceOfSatisfying(
            RunException.class, e -> assertThat(e.code()).isEqualTo(RunException.STATE_MISFIT))
        .hasMessageContaining(said);
  }

  @Test
  void otherImagesOfTheSameNumberAndClassesAreRefused() throws IOException {
    run(1, job(false, null));
    Path same = SmallRun.images(folder.resolve("same"));
    assertThat(run(2, resumed(same)).steps()).isEqualTo(2);

    Path other = SmallRun.images(folder.resolve("other"));
    Path batch = other.resolve("data_batch_1.bin");
    byte[] bytes = Files.readAllBytes(batch);
    for (int i = 0; i < bytes.length; i++) {
      if (i % RECORD != 0) {
        bytes[i] = (byte) ~bytes[i];
      }
    }
    Files.write(batch, bytes);
    assertMisfit(resumed(other), "with images 96 of 10 classes");
  }

  @Test
  void theSameNetworksElsewhereAreTakenAndOthersOfTheirNameAreNot() throws IOException {
    Path nets = Files.createDirectories(folder.resolve("nets"));
    TinyNetworks.of(16).write(nets.resolve("net.onnx"), WriteOptions.DEFAULT);
    run(1, job(false, ModelFiles.of(nets.toString())));

    // Another path to the same folder, and another folder.
    Path detour = nets.resolve("..").resolve("nets");
    assertThat(run(2, job(true, ModelFiles.of(detour.toString()))).steps()).isEqualTo(2);
    Path moved = Files.move(nets, folder.resolve("moved"));
    assertThat(run(3, job(true, ModelFiles.of(moved.toString()))).steps()).isEqualTo(3);

    Files.createDirectories(nets);
    TinyNetworks.of(12).write(nets.resolve("net.onnx"), WriteOptions.DEFAULT);
    assertMisfit(job(true, ModelFiles.of(nets.toString())), "with architectures 1 files");
  }

  @Test
  void aStateThatCountsBelowZeroIsRefused() throws IOException {
    run(1, job(false, null));
    TensorFile state = TensorFile.read(folder.resolve("run").resolve(RunFolder.STATE));
    for (String count : List.of("epoch", "batch", "step", "tooLargeInARow")) {
      Map<String, String> values = new HashMap<>(state.values());
      assertThat(values.put(count, "-1")).as(count).isNotNull();
      Path edited = Files.createDirectories(folder.resolve(count));
      new TensorFile(values, state.tensors()).write(edited.resolve(RunFolder.STATE));
      assertMisfit(SmallRun.job(folder, count, true, null), "a value \"" + count + "\" below zero");
    }
  }
}
