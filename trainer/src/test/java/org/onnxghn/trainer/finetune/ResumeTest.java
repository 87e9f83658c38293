package org.onnxghn.trainer.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.ghn.checkpoint.TensorFile;
import org.onnxghn.trainer.data.ColourJitter;
import org.onnxghn.trainer.run.MetricsLog;
import org.onnxghn.trainer.run.RunException;

/** An interrupted run ends with the same bits as one that was not. */
class ResumeTest {
  private static final int EPOCHS = 3;
  private static final List<String> TIMES =
      List.of("seconds", "imagesPerSecond", "networksPerSecond", "waitingSeconds", "valSeconds");

  @TempDir Path folder;
  private Path images;
  private Path model;

  /** What a test throws to end a run as a crash would. */
  private static final class Cut extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** Cuts the run off. */
  private record Scissors(long atStep, int afterEpoch) implements FineTuneObserver {
    @Override
    public void trained(long step, double loss, double top1, double speed, double done) {
      if (step == atStep) {
        throw new Cut();
      }
    }

    @Override
    public void evaluated(Milestone milestone, boolean isBest) {
      if (milestone.epoch() == afterEpoch) {
        throw new Cut();
      }
    }
  }

  @BeforeEach
  void makeTask() {
    images = SmallTask.images(folder.resolve("data"), 25);
    model = SmallTask.model(folder);
  }

  private FineTuneOptions options(
      String name, Recipe.Method method, Duration save, FineTuneOptions.Start start)
      throws IOException {
    Path own = Files.createDirectories(folder.resolve(name));
    Recipe sgd = SmallTask.recipe(EPOCHS);
    Recipe recipe =
        new Recipe(
            EPOCHS,
            16,
            method,
            0.05,
            sgd.momentum(),
            sgd.weightDecay(),
            false,
            Recipe.Course.COSINE,
            0.2,
            0.1,
            0.4,
            1);
    FineTuneOptions usual = SmallTask.options(model, images, own, recipe);
    return new FineTuneOptions(
        usual.input(),
        usual.output(),
        usual.run(),
        usual.data(),
        recipe,
        new AugmentationChoice(
            AugmentationChoice.Kind.RESIZED, true, new ColourJitter(0.2, 0.2, 0.2, 0.1)),
        List.of(),
        0,
        9,
        "cpu",
        new FineTuneOptions.Limits(null, save),
        3,
        start);
  }

  @Test
  void sgdStoredAtEveryStep() throws Exception {
    // 75 images: 4 steps an epoch. Within an epoch, at its last step, and after its evaluation.
    check(Recipe.Method.SGD, Duration.ZERO, new Scissors(2, -1));
    check(Recipe.Method.SGD, Duration.ZERO, new Scissors(8, -1));
    check(Recipe.Method.SGD, Duration.ZERO, new Scissors(-1, 1));
  }

  @Test
  void adamWStoredAtEachEpoch() throws Exception {
    check(Recipe.Method.ADAMW, Duration.ofHours(1), new Scissors(6, -1));
    check(Recipe.Method.ADAMW, Duration.ofHours(1), new Scissors(1, -1));
  }

  /** A run folder from elsewhere: its links lead to what is the user's. */
  @Test
  void modelsAreNotWrittenThroughLinks() throws Exception {
    Recipe.Method method = Recipe.Method.SGD;
    FineTuneOptions cut = options("links", method, Duration.ZERO, FineTuneOptions.Start.NEW);
    assertThatThrownBy(() -> FineTuning.run(cut, new Scissors(-1, 1))).isInstanceOf(Cut.class);
    Path victim = Files.writeString(folder.resolve("victim"), "mine");
    Path last = cut.run().resolve(ResultFiles.LAST);
    Files.deleteIfExists(last);
    Files.createSymbolicLink(last, victim);
    FineTuneOptions resumed = options("links", method, Duration.ZERO, FineTuneOptions.Start.RESUME);
    assertThatThrownBy(() -> FineTuning.run(resumed, FineTuneObserver.SILENT))
        .isInstanceOfSatisfying(
            RunException.class, e -> assertThat(e.code()).isEqualTo(RunException.FILE))
        .hasMessageContaining(ResultFiles.LAST);
    FineTuneOptions anew = options("links", method, Duration.ZERO, FineTuneOptions.Start.OVERWRITE);
    FineTuning.run(anew, FineTuneObserver.SILENT);
    assertThat(victim).hasContent("mine");
    assertThat(last).isRegularFile();
  }

  private void check(Recipe.Method method, Duration save, Scissors scissors) throws Exception {
    String whole = "whole-" + method;
    if (!Files.exists(folder.resolve(whole))) {
      FineTuning.run(
          options(whole, method, save, FineTuneOptions.Start.NEW), FineTuneObserver.SILENT);
    }
    String cut = "cut-" + method + scissors;
    FineTuneOptions first = options(cut, method, save, FineTuneOptions.Start.NEW);
    assertThatThrownBy(() -> FineTuning.run(first, scissors)).isInstanceOf(Cut.class);
    assertThat(first.output()).doesNotExist();
    FineTuneOptions second = options(cut, method, save, FineTuneOptions.Start.RESUME);
    FineTuneReport report = FineTuning.run(second, FineTuneObserver.SILENT);

    assertThat(report.steps()).isEqualTo(4 * EPOCHS);
    requireSame(folder.resolve(whole), folder.resolve(cut));
  }

  /** All that two runs left is the same, but for times. */
  static void requireSame(Path expected, Path actual) throws IOException {
    for (String file :
        List.of("tuned.onnx", "tuned.onnx.run/best.onnx", "tuned.onnx.run/last.onnx")) {
      assertThat(actual.resolve(file)).hasSameBinaryContentAs(expected.resolve(file));
    }
    TensorFile state = state(expected);
    TensorFile other = state(actual);
    assertThat(other.tensors()).isEqualTo(state.tensors());
    assertThat(withoutTimes(other)).isEqualTo(withoutTimes(state));
    assertThat(metrics(actual)).isEqualTo(metrics(expected));
  }

  private static TensorFile state(Path run) {
    return TensorFile.read(run.resolve("tuned.onnx.run/state.safetensors"));
  }

  private static Map<String, String> withoutTimes(TensorFile state) {
    Map<String, String> values = new TreeMap<>(state.values());
    values.remove("seconds");
    return values;
  }

  private static List<JsonNode> metrics(Path run) {
    List<JsonNode> lines = MetricsLog.read(run.resolve("tuned.onnx.run/metrics.jsonl"));
    lines.forEach(line -> ((ObjectNode) line).remove(TIMES));
    assertThat(lines).hasSizeGreaterThan(EPOCHS);
    return lines;
  }

  @Test
  void aFinishedRunIsVerifiedAgain() throws Exception {
    FineTuneOptions options =
        options("whole", Recipe.Method.SGD, Duration.ofHours(1), FineTuneOptions.Start.NEW);
    FineTuning.run(options, FineTuneObserver.SILENT);
    byte[] before = Files.readAllBytes(options.output());
    Files.delete(options.output());
    FineTuneOptions again =
        options("whole", Recipe.Method.SGD, Duration.ofHours(1), FineTuneOptions.Start.RESUME);
    assertThat(FineTuning.run(again, FineTuneObserver.SILENT).succeeded()).isTrue();
    assertThat(options.output()).hasBinaryContent(before);
  }

  @Test
  void otherOptionsOrNothingToResumeAreRefused() throws Exception {
    FineTuneOptions none =
        options("none", Recipe.Method.SGD, Duration.ofHours(1), FineTuneOptions.Start.RESUME);
    assertThatThrownBy(() -> FineTuning.run(none, FineTuneObserver.SILENT))
        .isInstanceOfSatisfying(
            RunException.class,
            e -> assertThat(e.code()).isEqualTo(RunException.NOTHING_TO_RESUME));
    FineTuneOptions first =
        options("one", Recipe.Method.SGD, Duration.ofHours(1), FineTuneOptions.Start.NEW);
    assertThatThrownBy(() -> FineTuning.run(first, new Scissors(5, -1))).isInstanceOf(Cut.class);
    FineTuneOptions other =
        options("one", Recipe.Method.ADAMW, Duration.ofHours(1), FineTuneOptions.Start.RESUME);
    assertThatThrownBy(() -> FineTuning.run(other, FineTuneObserver.SILENT))
        .isInstanceOfSatisfying(
            FineTuneException.class, e -> assertThat(e.code()).isEqualTo(FineTuneException.RESUME))
        .hasMessageContaining("--optimizer sgd, not adamw");
    assertThatThrownBy(
            () ->
                FineTuning.run(
                    options(
                        "one", Recipe.Method.SGD, Duration.ofHours(1), FineTuneOptions.Start.NEW),
                    FineTuneObserver.SILENT))
        .isInstanceOfSatisfying(
            RunException.class, e -> assertThat(e.code()).isEqualTo(RunException.FOLDER_IN_USE));
    FineTuneOptions anew =
        options("one", Recipe.Method.ADAMW, Duration.ofHours(1), FineTuneOptions.Start.OVERWRITE);
    assertThat(FineTuning.run(anew, FineTuneObserver.SILENT).steps()).isEqualTo(4 * EPOCHS);
  }
}
