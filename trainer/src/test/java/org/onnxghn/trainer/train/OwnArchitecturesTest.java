package org.onnxghn.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.WriteOptions;
import org.onnxghn.trainer.deepnets.ArchitectureException;
import org.onnxghn.trainer.deepnets.Architectures;
import org.onnxghn.trainer.deepnets.ModelFiles;

/** Users' own files are tried out as they are trained, before a run begins; the batch is 16. */
class OwnArchitecturesTest {
  @TempDir private Path folder;

  @BeforeEach
  void images() {
    SmallRun.images(folder);
  }

  private ModelFiles file(String name, OnnxModel model) throws IOException {
    Path nets = Files.createDirectories(folder.resolve("nets"));
    model.write(nets.resolve(name + ".onnx"), WriteOptions.DEFAULT);
    return ModelFiles.of(nets.toString());
  }

  private TrainingReport train(ModelFiles files) {
    return GhnTraining.run(
        SmallRun.config("cifar-small", "run.steps=1", "run.validationNetworks=1"),
        SmallRun.job(folder, "run", false, files),
        new SmallRun.Quiet());
  }

  private void assertRefused(ModelFiles files, String... said) {
    assertThatThrownBy(() -> train(files))
        .isInstanceOfSatisfying(
            ArchitectureException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ArchitectureException.UNUSABLE);
              assertThat(e.getMessage()).contains(said);
            });
    assertThat(folder.resolve("run")).doesNotExist();
  }

  @Test
  void aFileForAnotherBatchThanTheRunsIsRefused() throws IOException {
    assertRefused(
        file("two", TinyNetworks.ofBatch(2)),
        "1 of 1 files cannot be trained with",
        "network two does not run on 16 images",
        "made for batches of 2");
  }

  @Test
  void aFileForJustTheRunsBatchIsTrainedWith() throws IOException {
    assertThat(train(file("sixteen", TinyNetworks.ofBatch(16))).steps()).isEqualTo(1);
  }

  @Test
  void aFileWithoutAnythingToPredictIsRefused() throws IOException {
    assertRefused(
        file("transposed", TinyNetworks.unpredicted()),
        "network transposed has no parameter that is predicted");
  }

  /** Steps with shallow networks are counted in steps, however many of a step's are files. */
  @Test
  void aShareOfFilesDoesNotMakeTheCurriculumLonger() throws IOException {
    TrainingConfig config = SmallRun.config("cifar-small", "architectures.shallowSteps=10");
    TrainingJob all = SmallRun.job(folder, "run", false, file("own", TinyNetworks.of(16)));
    TrainingJob half =
        new TrainingJob(
            all.data(), all.run(), false, null, all.files(), 0.5, all.devices(), null, all.cache());
    Architectures networks = half.architectures(config);
    assertThat(config.optimizer().metaBatch()).isEqualTo(2);
    assertThat(names(networks, 0, 10))
        .filteredOn(name -> !name.equals("own"))
        .hasSize(10)
        .allMatch(name -> name.contains("-shallow-"));
    assertThat(names(networks, 20, 40))
        .hasSize(40)
        .noneMatch(name -> name.contains("-shallow-"))
        .contains("own");
  }

  /** Of the two networks of each of these steps. */
  private static List<String> names(Architectures networks, long firstStep, long end) {
    return LongStream.range(2 * firstStep, 2 * end)
        .mapToObj(index -> networks.get(index).name())
        .toList();
  }
}
