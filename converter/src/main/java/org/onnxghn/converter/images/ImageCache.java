package org.onnxghn.converter.images;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.onnxghn.onnx.Sha256;

/**
 * A folder with decoded, resized images, one file for each data set and {@link ImageSpec}. Files
 * are complete or not there. When they exceed a limit, those that were used least recently go.
 */
public final class ImageCache {
  /** Changes whenever decoding or the file's form does. */
  private static final String VERSION = "onnx-ghn images 1";

  private static final String SUFFIX = ".images";
  private static final Duration ABANDONED = Duration.ofDays(1);

  private final Path folder;
  private final long memoryLimit;
  private final long diskLimit;

  /**
   * @param folder made when something is written to it
   * @param memoryLimit data sets of up to this many bytes are kept in memory, and no file is
   *     written
   * @param diskLimit bytes of all files together, unless the newest one alone has more
   */
  public ImageCache(Path folder, long memoryLimit, long diskLimit) {
    this.folder = folder;
    this.memoryLimit = memoryLimit;
    this.diskLimit = diskLimit;
  }

  /** In the given folder, for data sets above 64 MB, with at most 20 GB of files. */
  public static ImageCache in(Path folder) {
    return new ImageCache(folder, 64L << 20, 20_000_000_000L);
  }

  /** {@link #in} {@code $XDG_CACHE_HOME/onnx-ghn} or {@code ~/.cache/onnx-ghn}. */
  public static ImageCache standard() {
    String base = System.getenv("XDG_CACHE_HOME");
    Path root =
        base == null || base.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(base);
    return in(root.resolve("onnx-ghn"));
  }

  /**
   * The images of a source, from the cache where it has them.
   *
   * @param progress hears how many images are decoded, from time to time
   */
  Images load(ImageSource source, ImageSpec spec, IntConsumer progress) {
    if (source.size() == 0) {
      throw new ImageException(
          ImageException.NO_IMAGES,
          "no image can be used: there is none",
          "Give folders of JPEG or PNG files, one folder for each class, or whole files as CIFAR's"
              + " or MNIST's.");
    }
    if (source.isReady(spec)) {
      return new DirectImages(source, spec);
    }
    if ((long) source.size() * spec.bytes() <= memoryLimit) {
      return new ImageLoading(source, spec, progress).inMemory();
    }
    byte[] key = key(source, spec);
    Path file = folder.resolve(HexFormat.of().formatHex(key, 0, 16) + SUFFIX);
    Optional<Images> cached = CacheFile.open(file, key, spec, source.classNames());
    if (cached.isPresent()) {
      markAsUsed(file);
      return cached.get();
    }
    try {
      Files.createDirectories(folder);
      requireRoom((long) source.size() * spec.bytes());
      Path temporary = Files.createTempFile(folder, ".images-", ".tmp");
      try {
        CacheFile.write(temporary, key, new ImageLoading(source, spec, progress));
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        makeRoom(file);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new ImageException(
          ImageException.CACHE,
          "decoded images cannot be cached in " + folder + ": " + e,
          "Make room, or choose another folder with --cache.",
          e);
    }
    return CacheFile.open(file, key, spec, source.classNames())
        .orElseThrow(
            () ->
                new ImageException(
                    ImageException.CACHE,
                    "the cache file " + file + " changed while it was written",
                    "Do not change the cache folder while the tool runs."));
  }

  /** Before hours of decoding, and before a small file of many images has filled the disk. */
  private void requireRoom(long needed) {
    // 0 where the system does not say.
    long room = folder.toFile().getUsableSpace();
    if (room > 0 && needed > room) {
      throw new ImageException(
          ImageException.CACHE,
          "the decoded images have %,d bytes, the disk of the cache %s has room for %,d"
              .formatted(needed, folder, room),
          "Make room, or choose another folder with --cache.");
    }
  }

  private static void markAsUsed(Path file) {
    try {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    } catch (IOException e) {
      // A cache that can only be read: it does not grow either.
      return;
    }
  }

  /** Deletes other files; one that another process has mapped stays readable there. */
  private void makeRoom(Path newest) {
    long left = diskLimit;
    for (CachedFile cached : CachedFile.of(folder)) {
      boolean isImages = cached.path().toString().endsWith(SUFFIX);
      left -= isImages ? cached.bytes() : 0;
      boolean old = cached.used().isBefore(Instant.now().minus(ABANDONED));
      if (isImages ? left < 0 && !cached.path().equals(newest) : old) {
        cached.delete();
      }
    }
  }

  private static byte[] key(ImageSource source, ImageSpec spec) {
    MessageDigest digest = Sha256.digest();
    digest.update((VERSION + spec).getBytes(StandardCharsets.UTF_8));
    for (String part : source.fingerprint()) {
      digest.update(part.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) '\n');
    }
    return digest.digest();
  }
}
