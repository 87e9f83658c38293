package org.onnxghn.converter.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.SharedImages;

class DataFolderTest {
  private static final byte[] JPEG = Base64.getDecoder().decode(ImageDecoderTest.GREY_JPEG);
  private static final byte[] PNG = Base64.getDecoder().decode(ImageDecoderTest.RGBA_PNG);

  @TempDir Path temp;

  private Path file(String name, byte[] content) throws IOException {
    Path file = temp.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, content);
  }

  private ImageCache inMemory() {
    return new ImageCache(temp.resolve("cache"), Long.MAX_VALUE, 0);
  }

  private ImageCache onDisk() {
    return new ImageCache(temp.resolve("cache"), 0, Long.MAX_VALUE);
  }

  private Images open(String split, ImageSpec spec) {
    return DataFolder.of(temp).open(split, spec, inMemory(), done -> {});
  }

  private static byte[] read(Images images, int index) {
    byte[] planes = new byte[images.imageBytes()];
    images.read(index, planes);
    return planes;
  }

  @Test
  void badImagesAreCountedAndNamedAndTheRestIsUsed() throws IOException {
    file("data/b/1.jpg", JPEG);
    file("data/b/cut.jpg", Arrays.copyOf(JPEG, JPEG.length / 2));
    file("data/a/1.png", PNG);
    file("data/a/sub/2.PNG", PNG);
    file("data/a/empty.png", new byte[0]);
    file("data/a/readme.txt", "hello".getBytes());
    file("data/a/.DS_Store", new byte[3]);
    Files.createSymbolicLink(temp.resolve("data/a/zz.png"), temp.resolve("nowhere.png"));

    DataFolder folder = DataFolder.of(temp.resolve("data"));
    assertThat(folder.splits()).containsExactly("all");
    for (ImageCache cache : List.of(inMemory(), onDisk(), onDisk())) {
      Images images = folder.open("all", ImageSpec.square(3, 8), cache, done -> {});
      assertThat(images.classNames()).containsExactly("a", "b");
      assertThat(images.size()).isEqualTo(3);
      assertThat(images.label(0)).isZero();
      assertThat(images.label(2)).isEqualTo(1);
      assertThat(images.bad())
          .extracting(BadImage::name)
          .containsExactly("a/empty.png", "a/readme.txt", "a/zz.png", "b/cut.jpg");
      assertThat(images.bad())
          .extracting(BadImage::problem)
          .startsWith("the file is empty", "neither JPEG nor PNG", "a link to nowhere");
    }
  }

  @Test
  void onlyBadImagesAreNoDataSet() throws IOException {
    file("data/a/x.jpg", new byte[9]);
    assertThatThrownBy(() -> open("all", ImageSpec.square(3, 8)))
        .isInstanceOfSatisfying(
            ImageException.class, e -> assertThat(e.code()).isEqualTo("OG-422"));
  }

  @Test
  void labelsMeanTheSameInAllSplits() throws IOException {
    file("train/cat/1.jpg", JPEG);
    file("train/dog/1.jpg", JPEG);
    file("val/dog/1.jpg", JPEG);
    DataFolder folder = DataFolder.of(temp);
    assertThat(folder.splits()).containsExactly("train", "val");
    assertThat(folder.evaluationSplit()).isEqualTo("val");
    assertThat(open("val", ImageSpec.square(1, 4)).label(0)).isEqualTo(1);
    assertThatThrownBy(() -> open("test", ImageSpec.square(1, 4)))
        .hasMessageContaining("no split test");
  }

  @Test
  void classesWhoseNamesAreNoTextCountToo() throws Exception {
    file("train/cat/1.jpg", JPEG);
    bash("mkdir $'train/caf\\xe9' && cp train/cat/1.jpg $'train/caf\\xe9/2.jpg'");
    Images images = open("train", ImageSpec.square(3, 8));
    assertThat(images.size()).isEqualTo(2);
    assertThat(images.bad()).isEmpty();
    assertThat(images.classNames()).hasSize(2).endsWith("cat");
    assertThat(images.label(0)).isZero();
    assertThat(images.label(1)).isEqualTo(1);

    assumeTrue(images.classNames().get(0).contains("\ufffd"), "this locale has all characters");
    bash("mkdir $'train/caf\\xe8'");
    assertThatThrownBy(() -> open("train", ImageSpec.square(3, 8)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("two folders whose names both read");
  }

  /** In bash {@code $'\xe9'} is that byte. Skips the test where names must be UTF-8. */
  private void bash(String command) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "needs bash");
    Process process =
        new ProcessBuilder("/bin/bash", "-c", command)
            .directory(temp.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assumeTrue(process.waitFor() == 0, "needs file names that are no UTF-8");
  }

  @Test
  void aSampleLeavesTheRestAlone() throws IOException {
    for (int i = 0; i < 20; i++) {
      file("data/" + (i % 2 == 0 ? "a" : "b") + "/" + i + ".png", PNG);
    }
    file("data/a/bad.png", new byte[1]);
    DataFolder folder = DataFolder.of(temp.resolve("data"));
    ImageSpec spec = ImageSpec.square(3, 2);
    Images all = folder.sample("all", spec, inMemory(), 100, 1);
    assertThat(all.size()).isEqualTo(20);
    assertThat(all.bad()).hasSize(1);
    Images some = folder.sample("all", spec, inMemory(), 8, 1);
    assertThat(some.size() + some.bad().size()).isEqualTo(8);
    assertThat(SampledSource.choose(1000, 256, 1)).hasSize(256).doesNotHaveDuplicates();
    assertThat(Arrays.stream(SampledSource.choose(1000, 256, 1)).average().orElseThrow())
        .isBetween(430.0, 570.0);
    assertThat(SampledSource.choose(1000, 256, 2)).isNotEqualTo(SampledSource.choose(1000, 256, 1));
  }

  @Test
  void cifar10Binary() throws IOException {
    byte[] content = new byte[3 * 3073];
    new Random(1).nextBytes(content);
    for (int i = 0; i < 3; i++) {
      content[i * 3073] = (byte) (i + 7);
    }
    file("data_batch_1.bin", Arrays.copyOf(content, 3073));
    file("data_batch_2.bin", Arrays.copyOfRange(content, 3073, 3 * 3073));
    Images images = open("train", ImageSpec.square(3, 32));
    assertThat(images.size()).isEqualTo(3);
    assertThat(images.classNames()).hasSize(10);
    for (int i = 0; i < 3; i++) {
      assertThat(images.label(i)).isEqualTo(i + 7);
      assertThat(read(images, i))
          .isEqualTo(Arrays.copyOfRange(content, i * 3073 + 1, (i + 1) * 3073));
    }
    assertThat(open("train", ImageSpec.square(1, 16)).imageBytes()).isEqualTo(256);

    content[0] = 10;
    file("data_batch_1.bin", content);
    assertThatThrownBy(() -> open("train", ImageSpec.square(3, 32)))
        .hasMessageContaining("label 10");
    file("data_batch_1.bin", new byte[3072]);
    assertThatThrownBy(() -> open("train", ImageSpec.square(3, 32))).hasMessageContaining("3072");
  }

  @Test
  void cifar100Binary() throws IOException {
    byte[] content = new byte[3074];
    content[0] = 19;
    content[1] = 99;
    content[2] = 5;
    file("cifar-100-binary/test.bin", content);
    Images images = open("test", ImageSpec.square(3, 32));
    assertThat(images.label(0)).as("the fine label").isEqualTo(99);
    assertThat(read(images, 0)[0]).isEqualTo((byte) 5);
  }

  @Test
  void idxPlainAndGzip() throws IOException {
    ByteBuffer pixels = ByteBuffer.allocate(16 + 8);
    pixels.putInt(0x803).putInt(2).putInt(2).putInt(2).putLong(0x0102030405060708L);
    ByteBuffer labels = ByteBuffer.allocate(8 + 2);
    labels.putInt(0x801).putInt(2).put((byte) 3).put((byte) 9);
    file("t10k-images-idx3-ubyte", pixels.array());
    file("t10k-labels-idx1-ubyte", labels.array());
    file("dots/t10k-images.idx3-ubyte", pixels.array());
    file("dots/t10k-labels.idx1-ubyte", labels.array());
    assertThat(DataFolder.of(temp.resolve("dots")).splits()).containsExactly("test");
    try (OutputStream out =
        new GZIPOutputStream(Files.newOutputStream(temp.resolve("train-images-idx3-ubyte.gz")))) {
      out.write(pixels.array());
    }
    try (OutputStream out =
        new GZIPOutputStream(Files.newOutputStream(temp.resolve("train-labels-idx1-ubyte.gz")))) {
      out.write(labels.array());
    }
    for (String split : List.of("test", "train")) {
      Images images = open(split, ImageSpec.square(1, 2));
      assertThat(read(images, 1)).containsExactly(5, 6, 7, 8);
      assertThat(images.label(1)).isEqualTo(9);
    }
    pixels.putInt(4, 1 << 30);
    file("t10k-images-idx3-ubyte", pixels.array());
    assertThatThrownBy(() -> open("test", ImageSpec.square(1, 2)))
        .isInstanceOf(ImageException.class);
    pixels.putInt(4, 1000);
    file("t10k-images-idx3-ubyte", pixels.array());
    assertThatThrownBy(() -> open("test", ImageSpec.square(1, 2)))
        .hasMessageContaining("8 of 4000 bytes");
  }

  @Test
  void fashionMnistHasItsPublishedMeanAndStd() {
    Path folder = Path.of("/usr/share/datasets/fashion-mnist");
    assumeTrue(Files.isDirectory(folder), "package dataset-fashion-mnist is not installed");
    Images images =
        DataFolder.of(folder).open("train", ImageSpec.square(1, 28), inMemory(), done -> {});
    assertThat(images.size()).isEqualTo(60_000);
    Normalisation computed = Normalisation.computed(images);
    assertThat(computed.mean()[0]).isCloseTo(0.2860, within(5e-5));
    assertThat(computed.std()[0]).isCloseTo(0.3530, within(5e-5));
  }

  @Test
  void cifarFoldersHaveTheMeanOfTheTestSet() {
    Path folder = SharedImages.cifar10("test", 100);
    DataFolder data = DataFolder.of(folder);
    Images images = data.open("test", ImageSpec.square(3, 32), inMemory(), done -> {});
    assertThat(images.size()).isEqualTo(1000);
    assertThat(images.classNames()).startsWith("airplane", "automobile").endsWith("truck");
    // CIFAR-10 as a whole: 0.4914 0.4822 0.4465, 0.2470 0.2435 0.2616.
    Normalisation computed = Normalisation.computed(images);
    assertThat(computed.mean()).containsExactly(new double[] {0.491, 0.482, 0.447}, within(0.01));
    assertThat(computed.std()).containsExactly(new double[] {0.247, 0.243, 0.262}, within(0.01));
  }

  @Test
  void otherFoldersAreRefused() {
    assertThatThrownBy(() -> DataFolder.of(temp)).hasMessageContaining("no data set");
    assertThatThrownBy(() -> DataFolder.of(temp.resolve("x"))).hasMessageContaining("not exist");
  }
}
