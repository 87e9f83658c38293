package org.onnxghn.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.converter.images.BadImage;
import org.onnxghn.converter.images.DataFolder;
import org.onnxghn.converter.images.ImageCache;
import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.trainer.deepnets.Architecture;
import org.onnxghn.trainer.finetune.AugmentationChoice;
import org.onnxghn.trainer.finetune.Recipe;
import org.onnxghn.trainer.finetune.SmallTask;
import org.onnxghn.trainer.train.TrainingException;

/** Which images a comparison by training looks at, and how often. */
class FineTuneComparisonTest {
  @TempDir private Path folder;
  private Path data;

  /** Counts how often an image is read. */
  private record Counted(Images images, AtomicInteger reads) implements Images {
    @Override
    public int size() {
      return images.size();
    }

    @Override
    public int channels() {
      return images.channels();
    }

    @Override
    public int height() {
      return images.height();
    }

    @Override
    public int width() {
      return images.width();
    }

    @Override
    public List<String> classNames() {
      return images.classNames();
    }

    @Override
    public int label(int index) {
      return images.label(index);
    }

    @Override
    public void read(int index, byte[] planes) {
      reads.incrementAndGet();
      images.read(index, planes);
    }

    @Override
    public List<BadImage> bad() {
      return images.bad();
    }
  }

  @BeforeEach
  void makeImages() {
    data = SmallTask.images(folder.resolve("data"), 24);
  }

  private Images images(String split) {
    return DataFolder.of(data)
        .open(split, ImageSpec.square(3, 12), ImageCache.in(folder), done -> {});
  }

  /** Of the two learning rates, the first one teaches nothing. */
  private static FineTuneComparison.Plan plan(boolean chooseOnce, Double... epochs) {
    Recipe recipe =
        new Recipe(
            0,
            12,
            Recipe.Method.SGD,
            0.1,
            0.9,
            5e-4,
            false,
            Recipe.Course.COSINE,
            0.05,
            0,
            0,
            Double.POSITIVE_INFINITY);
    return new FineTuneComparison.Plan(
        List.of(Initialisation.HE, Initialisation.ORTHOGONAL),
        List.of(1e-6, 0.1),
        chooseOnce,
        List.of(epochs),
        recipe,
        AugmentationChoice.AUTO,
        0,
        1);
  }

  @Test
  void testImagesAreLookedAtOnceForEachStart() {
    Counted test = new Counted(images("val"), new AtomicInteger());
    TrialImages images =
        new TrialImages(images("train"), images("val"), test, Normalisation.standard(3));
    Architecture architecture = new Architecture("a", SmallNetworks.network(12, 3), Map.of());
    AtomicInteger trainings = new AtomicInteger();
    try (ResultsLog log = ResultsLog.inMemory(notice -> {})) {
      FineTuneComparison.Plan plan = plan(false, 10.0);
      JsonNode found = compare(architecture, plan, images, log, trainings);
      assertThat(found).hasSize(2);
      for (JsonNode result : found) {
        // Else a look with each learning rate that is the best so far would not be seen here.
        assertThat(result.path("learningRate").asDouble()).as(result + "").isEqualTo(0.1);
      }
      assertThat(test.reads()).hasValue(2 * 24);
      assertThat(trainings).hasValue(4);

      // What is known is done.
      assertThat(compare(architecture, plan, images, log, trainings)).isEqualTo(found);
      assertThat(test.reads()).hasValue(2 * 24);
      assertThat(trainings).hasValue(8);
    }
  }

  @Test
  void theLearningRateMayBeChosenWithTheFirstBudgetForAll() {
    TrialImages images =
        new TrialImages(images("train"), images("val"), images("val"), Normalisation.standard(3));
    Architecture architecture = new Architecture("a", SmallNetworks.network(12, 3), Map.of());
    AtomicInteger trainings = new AtomicInteger();
    try (ResultsLog log = ResultsLog.inMemory(notice -> {})) {
      JsonNode each = compare(architecture, plan(false, 10.0), images, log, trainings);
      assertThat(trainings).hasValue(plan(false, 10.0).trainings()).hasValue(4);
      FineTuneComparison.Plan once = plan(true, 10.0, 1.0);
      assertThat(once.trainings()).isEqualTo(6);
      JsonNode found = compare(architecture, once, images, log, trainings);
      assertThat(trainings).hasValue(4 + 6);
      // The first budget's results are those of any other comparison.
      assertThat(found.get(0)).isEqualTo(each.get(0));
      assertThat(found.get(1)).isEqualTo(each.get(1));
      for (int later = 2; later < 4; later++) {
        assertThat(found.get(later).path("epochs").asDouble()).isEqualTo(1);
        assertThat(found.get(later).path("learningRate").asDouble()).isEqualTo(0.1);
        assertThat(found.get(later).path("tried")).hasSize(1);
      }
      // Where each budget has a choice of its own, that is another result.
      JsonNode own = compare(architecture, plan(false, 10.0, 1.0), images, log, trainings);
      assertThat(own.get(2).path("tried")).hasSize(2);
    }
  }

  private static JsonNode compare(
      Architecture architecture,
      FineTuneComparison.Plan plan,
      TrialImages images,
      ResultsLog log,
      AtomicInteger trainings) {
    return new FineTuneComparison(
            plan,
            images,
            new Initialisation.Settings(null, null, 1),
            log,
            null,
            (done, what) -> trainings.addAndGet(done))
        .of(architecture, "own")
        .path("fineTuned");
  }

  @Test
  void oneImageLeavesNoneToTrainOn() {
    Images all = images("train");
    Images one = all.subset(new int[] {7});
    assertThatThrownBy(() -> TrialImages.of(one, 1, 10, all, 10, 1))
        .isInstanceOfSatisfying(
            TrainingException.class, e -> assertThat(e.code()).isEqualTo("OG-543"))
        .hasMessageContaining("1 images to train on");
    TrialImages two = TrialImages.of(all.subset(new int[] {7, 8}), 5, 10, all, 10, 1);
    assertThat(two.training().size()).isEqualTo(1);
    assertThat(two.validation().size()).isEqualTo(1);
  }
}
