package org.onnxghn.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.onnxghn.SharedImages;
import org.onnxghn.converter.images.DataFolder;
import org.onnxghn.converter.images.ImageCache;
import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;

class BatchesTest {
  private static final Images IMAGES = new CountingImages(103, 3, 8, 8);
  private static final Augmentation AUGMENTATION =
      Augmentation.small(8, 8, Normalisation.standard(3));

  private record Copy(Position position, boolean last, int[] labels, float[] values) {}

  private static List<Copy> all(BatchOptions options, Position start) {
    List<Copy> copies = new ArrayList<>();
    try (Batches batches = new Batches(IMAGES, AUGMENTATION, options, start)) {
      while (batches.hasNext()) {
        assertThat(batches.position()).isNotNull();
        try (Batch batch = batches.next()) {
          FloatBuffer images = batch.images();
          assertThat(images.isDirect()).isTrue();
          float[] values = new float[images.remaining()];
          images.get(values);
          copies.add(new Copy(batch.position(), batch.lastOfEpoch(), batch.labels(), values));
        }
      }
    }
    return copies;
  }

  private static void assertSame(List<Copy> actual, List<Copy> expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.size(); i++) {
      assertThat(actual.get(i).position()).isEqualTo(expected.get(i).position());
      assertThat(actual.get(i).labels()).isEqualTo(expected.get(i).labels());
      assertThat(actual.get(i).values()).isEqualTo(expected.get(i).values());
    }
  }

  @Test
  void eachEpochHasEveryImageOnceInItsOwnOrder() {
    List<Copy> batches = all(new BatchOptions(16, 2, true, false, 1, 2, 3), Position.START);
    assertThat(batches).hasSize(14);
    List<int[]> orders = new ArrayList<>();
    for (int epoch = 0; epoch < 2; epoch++) {
      int[] labels =
          batches.subList(7 * epoch, 7 * epoch + 7).stream()
              .flatMapToInt(batch -> Arrays.stream(batch.labels()))
              .toArray();
      assertThat(labels).containsExactlyInAnyOrder(IntStream.range(0, 103).toArray());
      orders.add(labels);
    }
    assertThat(orders.get(0)).isNotEqualTo(orders.get(1));
    assertThat(batches.get(6).last()).isTrue();
    assertThat(batches.get(6).labels()).hasSize(103 - 6 * 16);
    assertThat(batches.get(6).values()).hasSize((103 - 6 * 16) * 3 * 64);
  }

  @Test
  void threadsDoNotChangeWhatComes() {
    List<Copy> one = all(new BatchOptions(10, 3, true, true, 5, 1, 1), Position.START);
    List<Copy> many = all(new BatchOptions(10, 3, true, true, 5, 4, 7), Position.START);
    assertThat(one).hasSize(30);
    assertSame(many, one);
    List<Copy> other = all(new BatchOptions(10, 3, true, true, 6, 1, 1), Position.START);
    assertThat(other.get(0).labels()).isNotEqualTo(one.get(0).labels());
  }

  @Test
  void resumesExactly() {
    BatchOptions options = BatchOptions.training(10, 3, 5);
    List<Copy> whole = all(options, Position.START);
    assertSame(all(options, new Position(1, 4)), whole.subList(14, 30));
    assertSame(all(options, new Position(0, 10)), whole.subList(10, 30));
    assertThat(all(options, new Position(3, 0))).isEmpty();
  }

  @Test
  void evaluationKeepsTheOrderAndTheRest() {
    List<Copy> batches = all(BatchOptions.evaluation(50), Position.START);
    assertThat(batches).extracting(batch -> batch.labels().length).containsExactly(50, 50, 3);
    assertThat(batches.get(0).labels()).startsWith(0, 1, 2);
  }

  @Test
  void lessThanOneBatchIsOneBatch() {
    Images few = IMAGES.subset(new int[] {5, 7});
    BatchOptions options = BatchOptions.training(10, 1, 0);
    try (Batches batches = new Batches(few, AUGMENTATION, options, Position.START)) {
      assertThat(batches.perEpoch()).isEqualTo(1);
      assertThat(batches.next().labels()).containsExactlyInAnyOrder(5, 7);
      assertThat(batches.hasNext()).isFalse();
      assertThatThrownBy(batches::next).hasMessageContaining("over");
    }
  }

  @Test
  void keepsUpWithTraining() {
    Images images =
        DataFolder.of(SharedImages.cifar10("test", 100))
            .open(
                "test",
                ImageSpec.square(3, 32),
                new ImageCache(Path.of("target"), Long.MAX_VALUE, 0),
                done -> {});
    Augmentation augmentation = Augmentation.small(32, 32, Normalisation.standard(3));
    BatchOptions options = BatchOptions.training(125, 60, 0);
    double best = Double.MAX_VALUE;
    try (Batches batches = new Batches(images, augmentation, options, Position.START)) {
      for (int epoch = 0; epoch < 60; epoch++) {
        long start = System.nanoTime();
        for (int i = 0; i < batches.perEpoch(); i++) {
          batches.next().close();
        }
        best = Math.min(best, (System.nanoTime() - start) / 1e6 / batches.perEpoch());
      }
      assertThat(batches.waitingSeconds()).isPositive();
    }
    System.out.printf("batches of 125 CIFAR images, crop and flip, one thread: %.2f ms%n", best);
    assertThat(best).as("ms for a batch of 125 from one thread").isLessThan(5);
  }
}
