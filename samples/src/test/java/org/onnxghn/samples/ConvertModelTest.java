package org.onnxghn.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.converter.Conversion;
import org.onnxghn.converter.ConversionOptions;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.ghn.checkpoint.CheckpointSource;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;

class ConvertModelTest {
  private static final Path MODEL = Path.of("models/resnet18.onnx");

  @TempDir Path folder;

  @Test
  void theStepsOfAConversionMakeAModelThatRuns() {
    Path out = folder.resolve("init.onnx");
    assertThat(ConvertModel.convert(MODEL, out, new CheckpointSource(checkpoint())).passed())
        .isTrue();
    assertThat(OnnxModel.read(out).proto().getGraph().getInitializerCount()).isEqualTo(102);
    assertThat(OnnxModel.read(out).proto().getGraph().getInputCount()).isEqualTo(1);
  }

  /** It is of 1000 classes, and the embedded checkpoint of ten. */
  @Test
  void aClassifierOfOtherClassesStartsAsConvertStartsIt() {
    Path steps = folder.resolve("steps.onnx");
    Path whole = folder.resolve("whole.onnx");
    ConvertModel.convert(MODEL, steps, CheckpointSource.EMBEDDED);
    ConversionOptions options =
        ConversionOptions.builder().hypernetwork(CheckpointSource.EMBEDDED).verify(false).build();
    Conversion.convert(MODEL, whole, options);
    for (String name : List.of("fc.weight", "fc.bias")) {
      assertThat(OnnxModel.read(steps).tensor(name).orElseThrow().floats())
          .as(name)
          .isEqualTo(OnnxModel.read(whole).tensor(name).orElseThrow().floats());
    }
  }

  @Test
  void aFolderBecomesATable() throws IOException {
    Path models = Files.createDirectory(folder.resolve("models"));
    Files.copy(MODEL, models.resolve("a.onnx"));
    Files.writeString(models.resolve("b.onnx"), "no model");
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    ConvertAll.convert(
        models, checkpoint(), new PrintStream(printed, true, StandardCharsets.UTF_8));
    String[] lines = printed.toString(StandardCharsets.UTF_8).split("\n");
    assertThat(lines).hasSize(4);
    assertThat(lines[2])
        .startsWith("| a.onnx | 13 | pytorch 1.13.0 | 53 | 100.0 %")
        .endsWith("| runs |");
    assertThat(lines[3]).startsWith("| b.onnx |").contains("refused: OG-102");
  }

  private Path checkpoint() {
    Path file = folder.resolve("random.safetensors");
    Checkpoint.initialise(GhnConfig.preset("ghn3-t"), 0).write(file, ElementType.FLOAT);
    return file;
  }
}
