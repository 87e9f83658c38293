package org.onnxghn.converter.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Links in folders of images. */
class FolderWalkTest {
  @TempDir private Path temp;

  private void image(String name) throws IOException {
    Path file = temp.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, Base64.getDecoder().decode(ImageDecoderTest.RGBA_PNG));
  }

  private Images open() {
    ImageCache inMemory = new ImageCache(temp.resolve("cache"), Long.MAX_VALUE, 0);
    return DataFolder.of(temp.resolve("data"))
        .open("all", ImageSpec.square(3, 8), inMemory, done -> {});
  }

  /** Eight ways from each folder to the next make 8^12 to the last one, which has the image. */
  @Test
  @Timeout(60)
  void aFolderIsGoneThroughOnceHoweverManyLinksLeadThere() throws IOException {
    image("data/a/l12/1.png");
    for (int level = 0; level < 12; level++) {
      Path from = Files.createDirectories(temp.resolve("data/a/l" + level));
      for (int way = 0; way < 8; way++) {
        Files.createSymbolicLink(from.resolve("way" + way), Path.of("../l" + (level + 1)));
      }
    }
    Images images = open();
    assertThat(images.size()).isEqualTo(1);
  }

  /** As in the cache of Hugging Face, and where classes are put together from other data sets. */
  @Test
  void classesAndImagesMayBeLinks() throws IOException {
    image("blobs/1");
    image("blobs/2");
    image("else/cats/sub/3.png");
    Path data = Files.createDirectories(temp.resolve("data/dog")).getParent();
    Files.createSymbolicLink(data.resolve("cat"), temp.resolve("else/cats"));
    Files.createSymbolicLink(data.resolve("cat-too"), temp.resolve("else/cats"));
    Files.createSymbolicLink(data.resolve("dog/1.png"), Path.of("../../blobs/1"));
    Files.createSymbolicLink(data.resolve("dog/2.png"), Path.of("../../blobs/2"));
    Files.createSymbolicLink(data.resolve("dog/same.png"), Path.of("../../blobs/1"));
    Images images = open();
    assertThat(images.bad()).isEmpty();
    assertThat(IntStream.range(0, images.size()).map(images::label)).containsExactly(0, 1, 2, 2, 2);
  }

  @Test
  void linksInACircleAreRefused() throws IOException {
    image("data/a/1.png");
    Files.createSymbolicLink(temp.resolve("data/a/up"), Path.of(".."));
    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(ImageException.class, e -> assertThat(e.code()).isEqualTo("OG-421"))
        .hasMessageContaining("a/up/a");
  }
}
