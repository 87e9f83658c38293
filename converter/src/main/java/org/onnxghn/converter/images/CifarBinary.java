package org.onnxghn.converter.images;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The binary version of CIFAR-10 or CIFAR-100: records of one label byte (CIFAR-100: a coarse, then
 * a fine one, which counts) and 3 x 32 x 32 pixel bytes, as planes.
 */
final class CifarBinary implements ImageSource {
  private static final int SIDE = 32;
  private static final int PIXELS = 3 * SIDE * SIDE;
  private static final long MAX_FILE = 1L << 30;

  /** Which of the two, with its files by split. */
  enum Kind {
    CIFAR10(10, 1, "batches.meta.txt"),
    CIFAR100(100, 2, "fine_label_names.txt");

    private final int classes;
    private final int labelBytes;
    private final String names;

    Kind(int classes, int labelBytes, String names) {
      this.classes = classes;
      this.labelBytes = labelBytes;
      this.names = names;
    }

    private int record() {
      return labelBytes + PIXELS;
    }
  }

  private record Batch(Path path, ByteBuffer content, int first) {}

  private final Kind kind;
  private final List<Batch> batches;
  private final List<String> classNames;
  private final int size;

  private CifarBinary(Kind kind, List<Batch> batches, List<String> classNames, int size) {
    this.kind = kind;
    this.batches = batches;
    this.classNames = classNames;
    this.size = size;
  }

  /**
   * Maps the files and checks sizes and labels.
   *
   * @param folder with the file of class names, if there is one
   */
  static CifarBinary of(Kind kind, Path folder, List<Path> files) {
    List<Batch> batches = new ArrayList<>();
    int size = 0;
    for (Path file : files) {
      ByteBuffer content = map(file, kind);
      batches.add(new Batch(file, content, size));
      size += content.capacity() / kind.record();
    }
    return new CifarBinary(kind, batches, classNames(folder.resolve(kind.names), kind), size);
  }

  private static ByteBuffer map(Path file, Kind kind) {
    ByteBuffer content;
    try (FileChannel channel = FileChannel.open(file)) {
      long bytes = channel.size();
      if (bytes > MAX_FILE || bytes % kind.record() != 0) {
        throw new ImageException(
            ImageException.UNREADABLE,
            "%s has %d bytes, which are not records of %d bytes (%s, binary version)"
                .formatted(file, bytes, kind.record(), kind),
            "Download it again: the binary version, not the one for Python or Matlab.");
      }
      content = channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes);
    } catch (IOException e) {
      throw new ImageException(
          ImageException.UNREADABLE, file + " cannot be read: " + e, "Check the file.", e);
    }
    for (int at = kind.labelBytes - 1; at < content.capacity(); at += kind.record()) {
      int label = content.get(at) & 0xff;
      if (label >= kind.classes) {
        throw new ImageException(
            ImageException.UNREADABLE,
            "%s has label %d at byte %d; %s has %d classes"
                .formatted(file, label, at, kind, kind.classes),
            "The file is damaged, or not CIFAR's binary version; download it again.");
      }
    }
    return content;
  }

  private static List<String> classNames(Path file, Kind kind) {
    List<String> names = List.of();
    try {
      if (Files.isRegularFile(file) && Files.size(file) < 1 << 16) {
        names = Files.readAllLines(file).stream().filter(line -> !line.isBlank()).toList();
      }
    } catch (MalformedInputException e) {
      // Names only: the numbers below do as well.
      names = List.of();
    } catch (IOException e) {
      throw new ImageException(
          ImageException.UNREADABLE, file + " cannot be read: " + e, "Check the file.", e);
    }
    return names.size() == kind.classes
        ? names
        : IntStream.range(0, kind.classes).mapToObj(Integer::toString).toList();
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int label(int index) {
    Batch batch = batchOf(index);
    int at = (index - batch.first()) * kind.record() + kind.labelBytes - 1;
    return batch.content().get(at) & 0xff;
  }

  @Override
  public String name(int index) {
    Batch batch = batchOf(index);
    return batch.path().getFileName() + "#" + (index - batch.first());
  }

  @Override
  public RawImage read(int index) {
    Batch batch = batchOf(index);
    byte[] planes = new byte[PIXELS];
    int at = (index - batch.first()) * kind.record() + kind.labelBytes;
    batch.content().get(at, planes);
    return new RawImage(planes, 3, SIDE, SIDE);
  }

  private Batch batchOf(int index) {
    for (int i = batches.size() - 1; i > 0; i--) {
      if (batches.get(i).first() <= index) {
        return batches.get(i);
      }
    }
    return batches.get(0);
  }

  @Override
  public boolean isReady(ImageSpec spec) {
    return spec.equals(ImageSpec.square(3, SIDE));
  }

  @Override
  public Iterable<String> fingerprint() {
    List<String> parts = new ArrayList<>();
    for (Batch batch : batches) {
      parts.add(Fingerprints.of(batch.path()));
    }
    return parts;
  }
}
