package org.onnxghn.onnx;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Several files of one folder that appear together or not at all: each is written beside its target
 * and synced, then all are renamed. Unless {@link #commit} succeeds, {@link #close} leaves
 * everything as it was.
 */
final class OutputFiles implements AutoCloseable {
  /** Writes the content of a file. */
  @FunctionalInterface
  interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  private record Pending(Path temporary, Path target) {}

  private final List<Pending> pending = new ArrayList<>();

  /** Writes the content to a temporary file beside the target, down to the disk. */
  void write(Path target, Content content) throws IOException {
    Path temporary = beside(target);
    // Where the program is interrupted; after the hooks, in which trainings store their state.
    temporary.toFile().deleteOnExit();
    try (FileChannel channel =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      pending.add(new Pending(temporary, target));
      content.writeTo(Channels.newOutputStream(channel));
      channel.force(true);
    }
  }

  /**
   * Renames all files to their targets in the order of writing; when one fails, those before it are
   * taken back.
   */
  void commit() throws IOException {
    List<Pending> backups = new ArrayList<>();
    List<Path> placed = new ArrayList<>();
    try {
      for (Pending file : pending) {
        if (Files.exists(file.target())) {
          backups.add(backup(file.target()));
        }
        move(file.temporary(), file.target());
        placed.add(file.target());
      }
    } catch (IOException | RuntimeException e) {
      takeBack(placed, backups, e);
      throw e;
    }
    for (Pending backup : backups) {
      Files.deleteIfExists(backup.temporary());
    }
    if (!pending.isEmpty()) {
      syncFolder(pending.get(0).target().getParent());
    }
    pending.clear();
  }

  @Override
  public void close() throws IOException {
    for (Pending file : pending) {
      Files.deleteIfExists(file.temporary());
    }
  }

  /** A second name for the old file, so that there is a file at the target all the time. */
  private static Pending backup(Path target) throws IOException {
    Path second = beside(target);
    try {
      Files.createLink(second, target);
    } catch (UnsupportedOperationException | IOException e) {
      Files.copy(target, second, StandardCopyOption.COPY_ATTRIBUTES);
    }
    return new Pending(second, target);
  }

  private static void takeBack(List<Path> placed, List<Pending> backups, Exception cause) {
    List<Path> withoutOld = new ArrayList<>(placed);
    for (Pending backup : backups) {
      withoutOld.remove(backup.target());
      attempt(
          cause,
          () -> {
            if (placed.contains(backup.target())) {
              move(backup.temporary(), backup.target());
            } else {
              Files.deleteIfExists(backup.temporary());
            }
          });
    }
    withoutOld.forEach(target -> attempt(cause, () -> Files.deleteIfExists(target)));
  }

  /** An action on files. */
  @FunctionalInterface
  private interface Action {
    void run() throws IOException;
  }

  /** One failure while taking back must not keep the others from being tried. */
  private static void attempt(Exception cause, Action action) {
    try {
      action.run();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static Path beside(Path target) {
    String unique = Long.toHexString(ThreadLocalRandom.current().nextLong());
    return target.resolveSibling(".onnx-ghn-" + unique + ".tmp");
  }

  /** Makes the renames durable; not every system lets a folder be opened. */
  private static void syncFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // The files themselves are synced; only the moment of the rename is not.
    }
  }
}
