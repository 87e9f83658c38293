package org.onnxghn.trainer.finetune;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FineTuningTest {
  @TempDir Path folder;

  @Test
  void aNetworkLearnsAndOnnxRuntimeAgrees() throws Exception {
    Path images = SmallTask.images(folder.resolve("data"), 48);
    Path model = SmallTask.model(folder);
    FineTuneOptions options = SmallTask.options(model, images, folder, SmallTask.recipe(8));
    FineTuneReport report = FineTuning.run(options, FineTuneObserver.SILENT);
    System.err.println(report.text(org.onnxghn.converter.report.Style.PLAIN));
    System.err.println(Files.readString(options.run().resolve("metrics.jsonl")));
    assertThat(report.succeeded()).isTrue();
    assertThat(report.best().top1()).isGreaterThan(0.9);
  }
}
