package org.onnxghn.trainer.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.converter.images.BadImage;
import org.onnxghn.converter.images.DataFolder;
import org.onnxghn.converter.images.ImageCache;
import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.converter.images.Images;
import org.onnxghn.converter.images.Normalisation;
import org.onnxghn.trainer.finetune.SmallTask;

class EvaluationImagesTest {
  private static final Normalisation NORMALISATION = Normalisation.standard(3);

  /** As large as the validation images of ImageNet, which need 30 GB as float32. */
  private record Many(AtomicInteger reads) implements Images {
    @Override
    public int size() {
      return 50_000;
    }

    @Override
    public int channels() {
      return 3;
    }

    @Override
    public int height() {
      return 224;
    }

    @Override
    public int width() {
      return 224;
    }

    @Override
    public List<String> classNames() {
      return List.of("even", "odd");
    }

    @Override
    public int label(int index) {
      return index % 2;
    }

    @Override
    public void read(int index, byte[] planes) {
      reads.incrementAndGet();
      planes[0] = (byte) index;
    }

    @Override
    public List<BadImage> bad() {
      return List.of();
    }
  }

  /** Results of runs that were made when all images were read at once are still of these. */
  @Test
  void orderAndNumbersAreWhatTheyWere(@TempDir Path folder) {
    SmallTask.images(folder, 24);
    Images images =
        DataFolder.of(folder)
            .open("train", ImageSpec.square(3, 12), ImageCache.in(folder), done -> {});
    EvaluationImages seen = EvaluationImages.of(images, NORMALISATION, 10, 65);
    assertThat(seen.size()).isEqualTo(60);
    assertThat(seen.sha256())
        .isEqualTo("a6f6ad3c54c6655324dbc18c5eeacb4ec45af49de0d8586675c8c308bb4871dd");
  }

  @Test
  void batchesAreReadWhenTheyAreAskedFor() {
    Many images = new Many(new AtomicInteger());
    EvaluationImages seen = EvaluationImages.of(images, NORMALISATION, 64, Integer.MAX_VALUE);
    assertThat(seen.batches()).isEqualTo(781);
    assertThat(images.reads()).hasValue(0);
    float[] last = seen.batch(780);
    assertThat(images.reads()).hasValue(64);
    assertThat(last).hasSize(64 * 3 * 224 * 224);
    assertThat(seen.labels(780)).hasSize(64).contains(0, 1);
  }
}
