package org.onnxghn.converter.images;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * What {@code --data DIR} names: a data set in one of these forms, found by its files.
 *
 * <ul>
 *   <li>{@code train}, and {@code test} or {@code val} (or both), each with a folder for each class
 *   <li>a folder for each class, with JPEG or PNG files (one split, {@code all})
 *   <li>CIFAR-10's or CIFAR-100's binary files (also in {@code cifar-10-batches-bin} or {@code
 *       cifar-100-binary} below DIR)
 *   <li>IDX files as MNIST's, plain or gzip: {@code train-images-idx3-ubyte.gz} …
 * </ul>
 */
public final class DataFolder {
  private static final List<String> SPLITS = List.of("train", "val", "test");

  private final Path path;
  private final String form;
  private final Map<String, Supplier<ImageSource>> splits;

  private DataFolder(Path path, String form, Map<String, Supplier<ImageSource>> splits) {
    this.path = path;
    this.form = form;
    this.splits = splits;
  }

  /**
   * Looks which form the folder has; images are not read yet.
   *
   * @throws ImageException OG-420 when it has none of them
   */
  public static DataFolder of(Path path) {
    if (!Files.isDirectory(path)) {
      throw new ImageException(
          ImageException.NO_DATA_SET,
          path + (Files.exists(path) ? " is not a folder" : " does not exist"),
          "Name a folder with images; unpack archives first.");
    }
    for (Path folder :
        List.of(path, path.resolve("cifar-10-batches-bin"), path.resolve("cifar-100-binary"))) {
      Map<String, Supplier<ImageSource>> cifar = cifar(folder);
      if (!cifar.isEmpty()) {
        return new DataFolder(path, "CIFAR binary", cifar);
      }
    }
    Map<String, Supplier<ImageSource>> idx = idx(path);
    if (!idx.isEmpty()) {
      return new DataFolder(path, "IDX", idx);
    }
    Map<String, Supplier<ImageSource>> folders = folders(path);
    if (!folders.isEmpty()) {
      return new DataFolder(path, "image folder", folders);
    }
    throw new ImageException(
        ImageException.NO_DATA_SET,
        path + " holds no data set of a known form",
        "Give a folder with one subfolder of JPEG or PNG files for each class (or train and test"
            + " with those in them), CIFAR's binary files, or IDX files.");
  }

  private static Map<String, Supplier<ImageSource>> cifar(Path folder) {
    Map<String, Supplier<ImageSource>> splits = new LinkedHashMap<>();
    List<Path> batches = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      Path batch = folder.resolve("data_batch_" + i + ".bin");
      if (Files.isRegularFile(batch)) {
        batches.add(batch);
      }
    }
    addCifar(splits, "train", CifarBinary.Kind.CIFAR10, folder, batches);
    addCifar(splits, "test", CifarBinary.Kind.CIFAR10, folder, existing(folder, "test_batch.bin"));
    if (splits.isEmpty()) {
      for (String name : List.of("train", "test")) {
        List<Path> files = existing(folder, name + ".bin");
        addCifar(splits, name, CifarBinary.Kind.CIFAR100, folder, files);
      }
    }
    return splits;
  }

  private static void addCifar(
      Map<String, Supplier<ImageSource>> splits,
      String name,
      CifarBinary.Kind kind,
      Path folder,
      List<Path> files) {
    if (!files.isEmpty()) {
      splits.put(name, () -> CifarBinary.of(kind, folder, files));
    }
  }

  private static List<Path> existing(Path folder, String name) {
    Path file = folder.resolve(name);
    return Files.isRegularFile(file) ? List.of(file) : List.of();
  }

  private static Map<String, Supplier<ImageSource>> idx(Path folder) {
    Map<String, Supplier<ImageSource>> splits = new LinkedHashMap<>();
    for (String[] split : new String[][] {{"train", "train"}, {"test", "t10k"}}) {
      // With a dot, as some archives unpack them.
      for (String name : List.of("-%s-ubyte", "-%s-ubyte.gz", ".%s-ubyte", ".%s-ubyte.gz")) {
        Path images = folder.resolve(split[1] + "-images" + name.formatted("idx3"));
        Path labels = folder.resolve(split[1] + "-labels" + name.formatted("idx1"));
        if (Files.isRegularFile(images) && Files.isRegularFile(labels)) {
          splits.putIfAbsent(split[0], () -> IdxImages.of(images, labels));
        }
      }
    }
    return splits;
  }

  private static Map<String, Supplier<ImageSource>> folders(Path path) {
    SortedSet<String> children = ImageFolder.classesOf(path);
    Map<String, Supplier<ImageSource>> splits = new LinkedHashMap<>();
    SortedSet<String> classes = new TreeSet<>();
    for (String split : SPLITS) {
      if (children.contains(split)) {
        SortedSet<String> inside = ImageFolder.classesOf(path.resolve(split));
        classes.addAll(inside);
        if (!inside.isEmpty()) {
          splits.put(split, () -> ImageFolder.of(path.resolve(split), classes));
        }
      }
    }
    if (!splits.isEmpty() || children.isEmpty()) {
      return splits;
    }
    return Map.of("all", () -> ImageFolder.of(path, children));
  }

  /** What the files are, for people. */
  public String form() {
    return form;
  }

  /**
   * Names of the splits: of {@code train}, {@code val} and {@code test} those there are, or {@code
   * all}.
   */
  public List<String> splits() {
    return List.copyOf(splits.keySet());
  }

  /** The split to evaluate on: {@code test}, else {@code val}, else what there is. */
  public String evaluationSplit() {
    for (String name : List.of("test", "val")) {
      if (splits.containsKey(name)) {
        return name;
      }
    }
    return splits.keySet().iterator().next();
  }

  /** The split to learn from: {@code train}, else what there is. */
  public String trainingSplit() {
    return splits.containsKey("train") ? "train" : splits.keySet().iterator().next();
  }

  /**
   * Decodes and resizes a split, or takes that from the cache.
   *
   * @param split one of {@link #splits}
   * @param progress hears how many images are decoded, from time to time; not called when nothing
   *     needs decoding
   * @throws ImageException OG-420 when there is no such split, OG-421 to OG-424 when it cannot be
   *     used
   */
  public Images open(String split, ImageSpec spec, ImageCache cache, IntConsumer progress) {
    return cache.load(source(split), spec, progress);
  }

  /**
   * As {@link #open}, but only some images, chosen at random: the others are not decoded.
   *
   * @param count at most so many; fewer where some of them are bad
   * @param seed of the choice
   */
  public Images sample(String split, ImageSpec spec, ImageCache cache, int count, long seed) {
    return cache.load(SampledSource.of(source(split), count, seed), spec, done -> {});
  }

  private ImageSource source(String split) {
    Supplier<ImageSource> source = splits.get(split);
    if (source == null) {
      throw new ImageException(
          ImageException.NO_DATA_SET,
          path + " (" + form + ") has no split " + split,
          "It has: " + String.join(", ", splits.keySet()) + ".");
    }
    return source.get();
  }
}
