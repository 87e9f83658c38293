package org.onnxghn.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Options of the protocols do what they say; images that are left out are named. */
class EvaluationOptionsTest extends EvaluationFixture {
  @Test
  void theVarianceOfABlendIsItsOwn() {
    Object[] options = {"--count", 1, "--initialisations", "ghn,ghn-blend", "--json"};
    JsonNode variances =
        evaluate("variance", options).json().path("networks").path(0).path("variances");
    assertThat(variances.path("ghn-blend")).hasSize(3).isNotEqualTo(variances.path("ghn"));
  }

  @Test
  void theVarianceIsOfNoMoreImagesThanAskedFor() {
    JsonNode report =
        evaluate("variance", "--count", 1, "--images", 4, "--batch", 8, "--json").json();
    assertThat(report.path("data").path("images").asInt()).isEqualTo(4);
    Run one = evaluate("variance", "--images", 1);
    assertThat(one.code()).isEqualTo(2);
    assertThat(one.err()).contains("--images are 2 or more");
  }

  @Test
  void imagesThatAreLeftOutAreNamed() throws IOException {
    Files.writeString(images.resolve("val/across/text.png"), "no image");
    Run run = evaluate("zero-shot", "--batch", 8, "--json");
    assertThat(run.json().path("data").path("images").asInt()).isEqualTo(24);
    assertThat(run.err()).contains("1 bad image was left out", "text.png");
  }

  @ParameterizedTest
  @ValueSource(strings = {"fine-tune", "transfer"})
  void thereMustBeImagesToEvaluateOn(String protocol) {
    Path out = folder.resolve("run");
    Run run = evaluate(protocol, "--images", 0, "--run", out);
    assertThat(run.code()).as(run.err()).isEqualTo(2);
    assertThat(run.err()).contains("--images is a positive number");
    assertThat(out).doesNotExist();
  }

  @Test
  void numbersAreCheckedBeforeAnythingIsDone() {
    Path out = folder.resolve("run");
    for (String rates : new String[] {"0.1,-1", "NaN", "0", "0.1,Infinity"}) {
      Run run = evaluate("fine-tune", "--learning-rates", rates, "--run", out);
      assertThat(run.code()).isEqualTo(2);
      assertThat(run.err()).contains("--learning-rates").doesNotContain("--lr ");
      assertThat(out).doesNotExist();
    }
    for (String[] option :
        new String[][] {
          {"--epochs", "Infinity"},
          {"--epochs", ","},
          {"--epochs", "1,1"},
          {"--learning-rates", "0.1,1e38"},
          {"--initialisations", ","},
          {"--initialisations", "he,he"},
          {"--blend", "Infinity"},
        }) {
      Run run = evaluate("fine-tune", option[0], option[1], "--run", out);
      assertThat(run.code()).as("%s %s", option[0], option[1]).isEqualTo(2);
      assertThat(run.err()).contains(option[0]);
      assertThat(out).doesNotExist();
    }
    assertThat(evaluate("time", "--repetitions", Integer.MAX_VALUE).err()).contains("at most");
    assertThat(evaluate("diversity", "--initialisations", ",").code()).isEqualTo(2);
    Run once = evaluate("fine-tune", "--choose-once", "--epochs", 1, "--run", out);
    assertThat(once.code()).isEqualTo(2);
    assertThat(once.err()).contains("--choose-once needs another of --epochs");
  }

  @Test
  void theImagesOfAnEvaluationAreSaid() throws IOException {
    Run run = evaluate("zero-shot", "--image-split", "train", "--batch", 10);
    assertThat(run.err()).contains("(train) are those to train on", "2 of 72 images are left out");
    assertThat(run.out()).containsPattern(" 70 +train ");
    assertThat(evaluate("zero-shot", "--batch", 8).err())
        .contains("batches of 8 images")
        .doesNotContain("left out");
    assertThat(evaluate("zero-shot", "--batch", 24).err()).doesNotContain("note:");
  }

  @Test
  void aFigureDoesNotReplaceWhatIsRead() throws IOException {
    Path network = Path.of(networks + "/a.onnx");
    byte[] before = Files.readAllBytes(network);
    Run run = run("evaluate", "time", "--networks", network, "--figure", network, "--json");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("OG-402");
    assertThat(network).hasBinaryContent(before);
    Run weights = evaluate("time", "--figure", checkpoint);
    assertThat(weights.err()).contains("OG-402");
  }

  @Test
  void aFigureOfNothingIsNotMissedSilently() {
    Path figure = folder.resolve("f.svg");
    Run run = evaluate("diversity", "--count", 1, "--figure", figure);
    assertThat(run.err()).contains("nothing to draw");
    assertThat(figure).doesNotExist();
  }
}
