package org.onnxghn.converter.images;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;

/**
 * IDX files, plain or gzip: grey images ({@code 0x803}: count, rows, columns, bytes) and their
 * labels ({@code 0x801}: count, bytes), as MNIST and Fashion-MNIST come.
 */
final class IdxImages implements ImageSource {
  private static final int IMAGES_MAGIC = 0x803;
  private static final int LABELS_MAGIC = 0x801;
  private static final long MAX_BYTES = 1L << 30;

  private record Idx(byte[] values, int count, int rows, int columns) {}

  private final List<Path> files;
  private final Idx images;
  private final byte[] labels;
  private final List<String> classNames;

  private IdxImages(Path imageFile, Path labelFile, Idx images, byte[] labels) {
    this.files = List.of(imageFile, labelFile);
    this.images = images;
    this.labels = labels;
    int classes = 10;
    for (byte label : labels) {
      classes = Math.max(classes, (label & 0xff) + 1);
    }
    this.classNames = IntStream.range(0, classes).mapToObj(Integer::toString).toList();
  }

  /** Reads both files into memory, at most 1 GB. Classes have numbers for names, at least 10. */
  static IdxImages of(Path imageFile, Path labelFile) {
    Idx images = read(imageFile, IMAGES_MAGIC);
    Idx labels = read(labelFile, LABELS_MAGIC);
    if (images.count() != labels.count()) {
      throw new ImageException(
          ImageException.UNREADABLE,
          "%s has %d images, but %s has %d labels"
              .formatted(imageFile, images.count(), labelFile, labels.count()),
          "Take both files from the same download.");
    }
    return new IdxImages(imageFile, labelFile, images, labels.values());
  }

  private static Idx read(Path file, int expected) {
    try (InputStream bytes = new BufferedInputStream(Files.newInputStream(file));
        InputStream plain =
            file.toString().endsWith(".gz") ? new GZIPInputStream(bytes, 1 << 16) : bytes;
        DataInputStream stream = new DataInputStream(plain)) {
      int magic = stream.readInt();
      if (magic != expected) {
        throw damaged(file, "begins with 0x%x, not 0x%x".formatted(magic, expected), null);
      }
      int count = stream.readInt();
      int rows = expected == IMAGES_MAGIC ? stream.readInt() : 1;
      int columns = expected == IMAGES_MAGIC ? stream.readInt() : 1;
      if (count < 0 || rows < 1 || columns < 1 || (long) rows * columns > MAX_BYTES) {
        throw damaged(file, "says %d x %d x %d".formatted(count, rows, columns), null);
      }
      long total = Math.min(count, MAX_BYTES + 1) * (long) rows * columns;
      if (total > MAX_BYTES) {
        throw new ImageException(
            ImageException.TOO_LARGE,
            "%s says that it has %d images of %d x %d; the limit is 1 GB"
                .formatted(file, count, rows, columns),
            "Use class folders for data of this size.");
      }
      // Grows as bytes arrive: a short file that claims much takes little memory.
      byte[] values = stream.readNBytes((int) total);
      if (values.length != total) {
        throw damaged(file, "has %d of %d bytes".formatted(values.length, total), null);
      }
      return new Idx(values, count, rows, columns);
    } catch (IOException e) {
      throw damaged(file, "cannot be read (" + e + ")", e);
    }
  }

  private static ImageException damaged(Path file, String what, Exception cause) {
    return new ImageException(
        ImageException.UNREADABLE,
        file + " " + what + "; it is no whole IDX file",
        "Download it again.",
        cause);
  }

  @Override
  public int size() {
    return images.count();
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int label(int index) {
    return labels[index] & 0xff;
  }

  @Override
  public String name(int index) {
    return files.get(0).getFileName() + "#" + index;
  }

  @Override
  public RawImage read(int index) {
    int pixels = images.rows() * images.columns();
    byte[] planes = new byte[pixels];
    System.arraycopy(images.values(), index * pixels, planes, 0, pixels);
    return new RawImage(planes, 1, images.rows(), images.columns());
  }

  @Override
  public boolean isReady(ImageSpec spec) {
    return images.rows() == images.columns() && spec.equals(ImageSpec.square(1, images.rows()));
  }

  @Override
  public Iterable<String> fingerprint() {
    return files.stream().map(Fingerprints::of).toList();
  }
}
