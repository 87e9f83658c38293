package org.onnxghn.trainer.finetune;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.trainer.ResidentMemory;
import org.onnxghn.trainer.data.Batch;
import org.onnxghn.trainer.data.BatchOptions;
import org.onnxghn.trainer.data.Batches;
import org.onnxghn.trainer.data.Position;
import org.onnxghn.trainer.optim.Optimizer;

class TrainingMemoryTest {
  private static final int STEPS = 600;

  @TempDir Path folder;

  @Test
  void stepsAndEvaluationsHoldNothing() throws IOException {
    ResidentMemory.assumeMeasurable();
    Path images = SmallTask.images(folder.resolve("data"), 24);
    OnnxModel model = OnnxModel.read(SmallTask.model(folder));
    FineTuneOptions options =
        SmallTask.options(folder.resolve("init.onnx"), images, folder, SmallTask.recipe(1));
    ImageSpec spec = TrainingData.spec(model, options.data());
    TrainingData data = TrainingData.open(model, options.data(), 1, n -> {});
    try (Network network = new Network(model, spec, List.of(), Device.cpu());
        Optimizer optimizer =
            options.recipe().optimizer(network.leaves(), network.choice().roles());
        TrainingStep step = new TrainingStep(network, optimizer, options.recipe(), 1);
        Batches batches =
            new Batches(
                data.training(),
                options.augmentation().of(spec, data.normalisation()),
                BatchOptions.training(64, STEPS, 1),
                Position.START)) {
      double growth =
          ResidentMemory.growth(
              STEPS,
              i -> {
                try (Batch batch = batches.next()) {
                  step.run(batch, i, 0.001);
                }
                if (i % 40 == 0) {
                  Optional<Evaluation> evaluation = Evaluation.of(network, data, 64, () -> false);
                  assertThat(evaluation).isPresent();
                }
              });
      // A leaked batch of 64 images a step, 110 KB, would be 16 MB in half of the steps.
      assertThat(growth).as("MB").isLessThan(6);
    }
  }
}
