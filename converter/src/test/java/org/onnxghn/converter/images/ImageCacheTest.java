package org.onnxghn.converter.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Decoded images on disk: when they are used, made again, and thrown away. */
class ImageCacheTest {
  private static final byte[] JPEG = Base64.getDecoder().decode(ImageDecoderTest.GREY_JPEG);
  private static final byte[] PNG = Base64.getDecoder().decode(ImageDecoderTest.RGBA_PNG);

  @TempDir private Path temp;

  private Path file(String name, byte[] content) throws IOException {
    Path file = temp.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, content);
  }

  private ImageCache onDisk() {
    return new ImageCache(temp.resolve("cache"), 0, Long.MAX_VALUE);
  }

  private static byte[] read(Images images, int index) {
    byte[] planes = new byte[images.imageBytes()];
    images.read(index, planes);
    return planes;
  }

  @Test
  void whatWasUsedLeastRecentlyGoesWhenTheCacheIsFull() throws IOException {
    file("data/a/1.jpg", JPEG);
    DataFolder folder = DataFolder.of(temp.resolve("data"));
    Path cache = Files.createDirectories(temp.resolve("cache"));
    // Room for two files of some 200 bytes.
    ImageCache small = new ImageCache(cache, 0, 500);
    List<Path> made = new ArrayList<>();
    for (int side = 6; side <= 8; side++) {
      if (side == 8) {
        folder.open("all", ImageSpec.square(3, 6), small, done -> {});
      }
      folder.open("all", ImageSpec.square(3, side), small, done -> {});
      try (Stream<Path> files = Files.list(cache)) {
        made.addAll(files.filter(path -> !made.contains(path)).toList());
      }
      // Files of one millisecond would have no order.
      FileTime earlier = FileTime.from(Instant.now().minusSeconds(100 - 10L * side));
      Files.setLastModifiedTime(made.get(made.size() - 1), earlier);
    }
    assertThat(made).hasSize(3);
    assertThat(made.get(0)).as("used again").exists();
    assertThat(made.get(1)).doesNotExist();
    assertThat(made.get(2)).as("the newest").exists();

    Path abandoned = Files.createFile(cache.resolve(".images-12.tmp"));
    Files.setLastModifiedTime(abandoned, FileTime.from(Instant.now().minusSeconds(90_000)));
    Path other = Files.write(cache.resolve("notes.txt"), new byte[1000]);
    folder.open("all", ImageSpec.square(3, 9), small, done -> {});
    assertThat(abandoned).doesNotExist();
    assertThat(other).exists();
  }

  @Test
  void cacheIsUsedUntilAFileChanges() throws IOException {
    Path file = file("data/a/1.jpg", JPEG);
    file("data/b/1.png", PNG);
    DataFolder folder = DataFolder.of(temp.resolve("data"));
    ImageSpec spec = ImageSpec.square(3, 8);
    AtomicInteger decoded = new AtomicInteger();
    Images first = folder.open("all", spec, onDisk(), decoded::set);
    assertThat(decoded.getAndSet(0)).isEqualTo(2);

    Images second = folder.open("all", spec, onDisk(), decoded::set);
    assertThat(decoded.get()).isZero();
    assertThat(read(second, 1)).isEqualTo(read(first, 1));
    assertThat(read(second, 0)).isEqualTo(read(first, 0));

    folder.open("all", ImageSpec.square(3, 9), onDisk(), decoded::set);
    assertThat(decoded.getAndSet(0)).as("another size").isEqualTo(2);
    Files.write(file, PNG);
    DataFolder.of(temp.resolve("data")).open("all", spec, onDisk(), decoded::set);
    assertThat(decoded.get()).as("another file").isEqualTo(2);
  }

  @Test
  void aDamagedCacheFileIsMadeAgain() throws IOException {
    file("data/a/1.jpg", JPEG);
    DataFolder folder = DataFolder.of(temp.resolve("data"));
    ImageSpec spec = ImageSpec.square(1, 16);
    byte[] expected = read(folder.open("all", spec, onDisk(), done -> {}), 0);
    List<Path> files;
    try (Stream<Path> list = Files.list(temp.resolve("cache"))) {
      files = list.toList();
    }
    assertThat(files).as("no temporary files are left").hasSize(1);
    byte[] whole = Files.readAllBytes(files.get(0));
    for (int length : new int[] {0, 20, 39, 60, whole.length - 1}) {
      Files.write(files.get(0), Arrays.copyOf(whole, length));
      AtomicInteger decoded = new AtomicInteger();
      Images again = folder.open("all", spec, onDisk(), decoded::set);
      assertThat(decoded.get()).as("cut to %d", length).isEqualTo(1);
      assertThat(read(again, 0)).isEqualTo(expected);
    }
  }

  /** A small file can hold more images than any disk has room for when they are resized. */
  @Test
  void whatTheDiskHasNoRoomForIsRefusedBeforeTheWork() {
    ImageSource endless =
        new ImageSource() {
          @Override
          public int size() {
            return Integer.MAX_VALUE;
          }

          @Override
          public List<String> classNames() {
            return List.of("a");
          }

          @Override
          public int label(int index) {
            return 0;
          }

          @Override
          public String name(int index) {
            return "image";
          }

          @Override
          public RawImage read(int index) {
            throw new AssertionError("nothing is decoded");
          }

          @Override
          public boolean isReady(ImageSpec spec) {
            return false;
          }

          @Override
          public Iterable<String> fingerprint() {
            return List.of("endless");
          }
        };
    assertThatThrownBy(() -> onDisk().load(endless, ImageSpec.square(3, 4096), done -> {}))
        .isInstanceOfSatisfying(
            ImageException.class, e -> assertThat(e.code()).isEqualTo(ImageException.CACHE))
        .hasMessageContaining("room");
    assertThat(temp.resolve("cache")).isEmptyDirectory();
  }
}
