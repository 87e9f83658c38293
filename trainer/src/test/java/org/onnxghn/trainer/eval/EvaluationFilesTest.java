package org.onnxghn.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Files that cannot be written or read are refused before the work, not after it. */
class EvaluationFilesTest extends EvaluationFixture {
  private void requireRefused(Run run, String... contained) {
    assertThat(run.code()).as(run.err()).isEqualTo(2);
    assertThat(run.err()).contains(contained).doesNotContain("networks 1");
    assertThat(folder.resolve("run")).doesNotExist();
  }

  @Test
  void figuresThatCannotBeDrawn() {
    Path out = folder.resolve("run");
    Path nowhere = folder.resolve("nowhere/f.svg");
    requireRefused(evaluate("time", "--run", out, "--figure", nowhere), "OG-514", "f.svg");
    requireRefused(evaluate("transfer", "--run", out, "--figure", folder), "OG-514", "a folder");
  }

  @Test
  void aReportThatCannotBeStoredIsPrintedAllTheSame() throws IOException {
    Path out = folder.resolve("run");
    // In the way of the report.
    Files.createDirectories(out.resolve("report.json/x"));
    Run run = evaluate("time", "--run", out, "--json");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("OG-401", "report.json");
    assertThat(JSON.readTree(run.out()).path("networks")).hasSize(2);
    assertThat(run.out()).doesNotContain("error");
  }

  @Test
  void modelsThatCannotBeSaved() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    Path run = folder.resolve("run");
    Object[] save = {"--save", file, "--run", run, "--initialisations", "he"};
    requireRefused(evaluate("fine-tune", save), "OG-514", "--save");
  }

  @Test
  void savedModelsDoNotReplaceWhatIsRead() throws IOException {
    Path own = folder.resolve("own");
    Path input = Files.createDirectories(own.resolve("he")).resolve("a.onnx");
    Files.copy(networks.resolve("a.onnx"), input);
    Path out = folder.resolve("run");
    Run run =
        run(
            "evaluate",
            "fine-tune",
            "--checkpoint",
            checkpoint,
            "--networks",
            input,
            "--data",
            images,
            "--image-size",
            12,
            "--cache",
            folder.resolve("cache"),
            "--save",
            own,
            "--run",
            out);
    requireRefused(run, "OG-402", "a.onnx");
    assertThat(input).hasSameBinaryContentAs(networks.resolve("a.onnx"));
  }

  @Test
  void trainedModelsThatAreNotThere() throws IOException {
    requireRefused(evaluate("variance", "--trained", folder.resolve("no")), "is no folder");
    Path empty = Files.createDirectories(folder.resolve("empty"));
    requireRefused(evaluate("variance", "--trained", empty), "no model NAME.onnx");
    requireRefused(
        evaluate("diversity", "--trained", empty, "--run", folder.resolve("run")), "OG-530");
  }
}
