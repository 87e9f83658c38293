package org.onnxghn.converter.images;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A folder with a subfolder for each class, as torchvision's {@code ImageFolder}: classes are
 * numbered in the order of their names. Every file below a class is meant to be a JPEG or PNG,
 * except those whose name begins with a dot.
 */
final class ImageFolder implements ImageSource {
  private static final int MAX_FILES = 20_000_000;

  private record Image(Path path, int label, long size, long modified) {}

  private final Path root;
  private final List<String> classNames;
  private final List<Image> images;

  private ImageFolder(Path root, List<String> classNames, List<Image> images) {
    this.root = root;
    this.classNames = classNames;
    this.images = images;
  }

  /** Names of the subfolders that may be classes, sorted. */
  static SortedSet<String> classesOf(Path root) {
    return new TreeSet<>(folders(root).keySet());
  }

  /**
   * The subfolders by name. They are not found by their names again: one that is no text in the
   * locale has a name with replacement characters, which is that of no file.
   */
  private static Map<String, Path> folders(Path root) {
    Map<String, Path> folders = new HashMap<>();
    try (Stream<Path> children = Files.list(root)) {
      for (Path child : (Iterable<Path>) children::iterator) {
        String name = child.getFileName().toString();
        if (!name.startsWith(".") && Files.isDirectory(child) && folders.put(name, child) != null) {
          throw new ImageException(
              ImageException.UNREADABLE,
              "folder " + root + " has two folders whose names both read " + name,
              "Rename them in UTF-8, and set a locale such as LC_ALL=C.UTF-8.");
        }
      }
    } catch (IOException | UncheckedIOException e) {
      throw unreadable(root, e);
    }
    return folders;
  }

  /**
   * Lists the files.
   *
   * @param classNames of all splits together, sorted, so that a label means the same in each
   */
  static ImageFolder of(Path root, SortedSet<String> classNames) {
    List<String> names = List.copyOf(classNames);
    Map<String, Path> folders = folders(root);
    List<Image> images = new ArrayList<>();
    for (int label = 0; label < names.size(); label++) {
      Path folder = folders.get(names.get(label));
      if (folder != null) {
        list(folder, label, images);
      }
    }
    return new ImageFolder(root, names, images);
  }

  private static void list(Path folder, int label, List<Image> images) {
    try {
      // Pipes and devices are left to read(), which refuses them without opening.
      for (Path file : FolderWalk.files(folder, MAX_FILES - images.size())) {
        if (images.size() == MAX_FILES) {
          throw new ImageException(
              ImageException.TOO_LARGE,
              "there are more than " + MAX_FILES + " files below " + folder.getParent(),
              "Name the folder that holds the classes.");
        }
        images.add(image(file, label));
      }
    } catch (IOException | UncheckedIOException e) {
      throw unreadable(folder, e);
    }
  }

  private static Image image(Path file, int label) throws IOException {
    if (!Files.exists(file)) {
      // A dangling link: named among the bad images.
      return new Image(file, label, 0, 0);
    }
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    long modified = attributes.lastModifiedTime().to(java.util.concurrent.TimeUnit.NANOSECONDS);
    return new Image(file, label, attributes.size(), modified);
  }

  private static ImageException unreadable(Path path, Exception cause) {
    return new ImageException(
        ImageException.UNREADABLE,
        "folder " + path + " cannot be listed: " + cause,
        "Check its permissions, and that no link leads in a circle.",
        cause);
  }

  @Override
  public int size() {
    return images.size();
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int label(int index) {
    return images.get(index).label();
  }

  @Override
  public String name(int index) {
    return root.relativize(images.get(index).path()).toString();
  }

  @Override
  public RawImage read(int index) throws BadImageException {
    Path path = images.get(index).path();
    if (!Files.isRegularFile(path)) {
      boolean dangling = Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !Files.exists(path);
      throw new BadImageException(dangling ? "a link to nowhere" : "not a regular file");
    }
    byte[] content;
    try (InputStream stream = Files.newInputStream(path)) {
      content = stream.readNBytes(ImageDecoder.MAX_FILE_BYTES + 1);
    } catch (IOException e) {
      throw new BadImageException("cannot be read: " + e, e);
    }
    if (content.length > ImageDecoder.MAX_FILE_BYTES) {
      throw new BadImageException("more than " + ImageDecoder.MAX_FILE_BYTES + " bytes");
    }
    return ImageDecoder.decode(content);
  }

  @Override
  public boolean isReady(ImageSpec spec) {
    return false;
  }

  @Override
  public Iterable<String> fingerprint() {
    return () ->
        images.stream()
            .map(i -> i.path() + "\0" + i.label() + "\0" + i.size() + "\0" + i.modified())
            .iterator();
  }
}
