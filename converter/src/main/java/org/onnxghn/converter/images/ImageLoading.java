package org.onnxghn.converter.images;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Decodes and resizes all images of a source once, on all processors, in the order of the source.
 */
final class ImageLoading {
  private static final int MANY = 1024;
  private static final long CHUNK_BYTES = 64L << 20;

  /** Takes the images in order. */
  @FunctionalInterface
  interface Sink {
    void accept(byte[] planes) throws IOException;
  }

  /** What is known when all are decoded. */
  record Result(int[] labels, List<BadImage> bad) {}

  private record Decoded(byte[] planes, String problem) {}

  private final ImageSource source;
  private final ImageSpec spec;
  private final IntConsumer progress;

  ImageLoading(ImageSource source, ImageSpec spec, IntConsumer progress) {
    this.source = source;
    this.spec = spec;
    this.progress = progress;
  }

  ImageSpec spec() {
    return spec;
  }

  /**
   * Gives all good images to the sink.
   *
   * @throws ImageException OG-422 when there are none
   */
  Result decode(Sink sink) throws IOException {
    int[] labels = new int[source.size()];
    List<BadImage> bad = new ArrayList<>();
    int good = 0;
    int chunk = (int) Math.max(1, Math.min(MANY, CHUNK_BYTES / spec.bytes()));
    for (int from = 0; from < source.size(); from += chunk) {
      int to = Math.min(source.size(), from + chunk);
      List<Decoded> decoded =
          IntStream.range(from, to).parallel().mapToObj(this::decodeOne).toList();
      for (int i = from; i < to; i++) {
        Decoded image = decoded.get(i - from);
        if (image.planes() == null) {
          bad.add(new BadImage(source.name(i), image.problem()));
        } else {
          sink.accept(image.planes());
          labels[good++] = source.label(i);
        }
      }
      progress.accept(to);
    }
    if (good == 0) {
      String why =
          bad.isEmpty()
              ? "there are none"
              : "%d are bad, the first: %s: %s"
                  .formatted(bad.size(), bad.get(0).name(), bad.get(0).problem());
      throw new ImageException(
          ImageException.NO_IMAGES,
          "no image can be used: " + why,
          "Give folders of whole JPEG or PNG files, one folder for each class.");
    }
    return new Result(Arrays.copyOf(labels, good), bad);
  }

  private Decoded decodeOne(int index) {
    try {
      return new Decoded(Resize.apply(source.read(index), spec).planes(), null);
    } catch (BadImageException e) {
      return new Decoded(null, e.getMessage());
    }
  }

  /** For data sets that are known to be small. */
  Images inMemory() {
    ByteBuffer pixels = ByteBuffer.allocate(Math.multiplyExact(source.size(), spec.bytes()));
    try {
      Result result = decode(pixels::put);
      return new StoredImages(
          spec,
          source.classNames(),
          result.labels(),
          result.bad(),
          new StoredImages.Pixels(List.of(pixels), Integer.MAX_VALUE));
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
  }
}
