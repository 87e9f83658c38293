package org.onnxghn.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Models that a resumed comparison is to save, and that the run before it did not. */
class ResumeAndSaveTest extends EvaluationFixture {
  private Run comparison(Object... more) {
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                "--initialisations",
                "he",
                "--learning-rates",
                "0.05,0.1",
                "--epochs",
                "0.5,1",
                "--batch",
                12,
                "--run",
                folder.resolve("run"),
                "--json"));
    arguments.addAll(List.of(more));
    return evaluate("fine-tune", arguments.toArray());
  }

  private JsonNode fineTune(Object... more) {
    return comparison(more).json();
  }

  @Test
  void modelsThatAreNotThereAreTrainedAgain() {
    JsonNode first = fineTune();
    Path log = folder.resolve("run/results.jsonl");
    assertThat(log).content().hasLineCount(1 + 4);

    Path tuned = folder.resolve("tuned");
    JsonNode saved = fineTune("--resume", "--save", tuned);
    assertThat(tuned.resolve("he/a.onnx")).isRegularFile();
    assertThat(tuned.resolve("he/b.onnx")).isRegularFile();
    assertThat(saved.findValues("top1")).isEqualTo(first.findValues("top1"));
    // Those of the longest budget only.
    assertThat(log).content().hasLineCount(1 + 4 + 2 * 2);

    // Now they are there: even seconds are the same.
    assertThat(fineTune("--resume", "--save", tuned)).isEqualTo(saved);
  }

  /** A folder may hold models of another comparison by the same names. */
  @Test
  void modelsOfAnotherComparisonAreReplaced() throws IOException {
    Path tuned = folder.resolve("tuned");
    fineTune("--save", tuned);
    Path model = tuned.resolve("he/a.onnx");
    byte[] own = Files.readAllBytes(model);
    Files.copy(tuned.resolve("he/b.onnx"), model, StandardCopyOption.REPLACE_EXISTING);
    fineTune("--resume", "--save", tuned);
    assertThat(model).hasBinaryContent(own);
  }

  @Test
  void thereMustBeResultsToGoOnWith() {
    Run run = comparison("--resume");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("OG-511", "results.jsonl");
    assertThat(folder.resolve("run")).doesNotExist();
  }

  /** Other images to train on give other results, though the test images are the same. */
  @Test
  void otherTrainingImagesAreNoticed() throws IOException {
    fineTune();
    for (String label : new String[] {"across", "down"}) {
      Path image = images.resolve("train").resolve(label).resolve("000.png");
      Files.copy(
          images.resolve("train/diagonal/001.png"), image, StandardCopyOption.REPLACE_EXISTING);
    }
    Run run = comparison("--resume");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("OG-513", "images sha256");
  }

  @Test
  void aComparedDiversityIsThereWhenResumed() {
    Object[] arguments = {"--run", folder.resolve("d"), "--resume", "--json"};
    JsonNode first = evaluate("diversity", "--run", folder.resolve("d"), "--json").json();
    assertThat(first.path("networks")).hasSize(2);
    // Even seconds are the same.
    assertThat(evaluate("diversity", arguments).json()).isEqualTo(first);
    Run other =
        evaluate("diversity", "--initialisations", "he", "--run", folder.resolve("d"), "--resume");
    assertThat(other.err()).contains("OG-513", "initialisations");
  }
}
