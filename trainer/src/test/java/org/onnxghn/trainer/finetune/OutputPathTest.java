package org.onnxghn.trainer.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.converter.ConversionException;
import org.onnxghn.onnx.ExternalData;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.WriteOptions;

/** Where the result may go. */
class OutputPathTest {
  @TempDir private Path folder;
  private Path images;

  @BeforeEach
  void makeImages() {
    images = SmallTask.images(folder.resolve("data"), 12);
  }

  private FineTuneOptions options(Path model) {
    return SmallTask.options(model, images, folder, SmallTask.recipe(1));
  }

  private static FineTuneReport run(FineTuneOptions options) {
    return FineTuning.run(options, FineTuneObserver.SILENT);
  }

  /** The output's external data would have the name of the input's. */
  @Test
  void theInputsExternalDataIsNotReplaced() throws Exception {
    Path first = folder.resolve("out.onnx");
    OnnxModel.read(SmallTask.model(folder))
        .write(first, new WriteOptions(ExternalData.ALWAYS, false));
    Path input = Files.move(first, folder.resolve("in.onnx"));
    Path data = folder.resolve("out.onnx.data");
    byte[] before = Files.readAllBytes(data);
    FineTuneOptions options = withOutput(options(input), first);
    FineTuneReport report = run(options);
    assertThat(report.succeeded()).isTrue();
    assertThat(data).hasBinaryContent(before);
    assertThat(OnnxModel.read(first).tensor("fc.weight").orElseThrow().floats())
        .isNotEqualTo(OnnxModel.read(input).tensor("fc.weight").orElseThrow().floats());
    assertThatThrownBy(() -> run(withOutput(options, data)))
        .isInstanceOf(ConversionException.class)
        .hasMessageContaining("out.onnx.data");
    assertThat(data).hasBinaryContent(before);
  }

  @Test
  void anOutputThatIsAFileOfTheRunIsRefusedBeforeTheTraining() throws IOException {
    FineTuneOptions usual = options(SmallTask.model(folder));
    Files.createDirectories(usual.run());
    for (String name : new String[] {"best.onnx", "last.onnx", "state.safetensors"}) {
      FineTuneOptions options = withOutput(usual, usual.run().resolve(name));
      assertThatThrownBy(() -> run(options))
          .isInstanceOf(ConversionException.class)
          .hasMessageContaining("is a file of the run itself");
    }
    assertThat(usual.run().resolve("metrics.jsonl")).doesNotExist();
  }

  private static FineTuneOptions withOutput(FineTuneOptions options, Path output) {
    return new FineTuneOptions(
        options.input(),
        output,
        options.run(),
        options.data(),
        options.recipe(),
        options.augmentation(),
        options.freeze(),
        options.newHead(),
        options.seed(),
        options.device(),
        options.limits(),
        options.logEvery(),
        FineTuneOptions.Start.OVERWRITE);
  }
}
