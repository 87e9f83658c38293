package org.onnxghn.trainer.run;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The folder of one run, held by one process at a time. */
public final class RunFolder implements AutoCloseable {
  /** The state from which a run goes on. */
  public static final String STATE = "state.safetensors";

  /** All that decides what the run computes. */
  public static final String CONFIG = "config.yaml";

  private static final String LOCK = "run.lock";
  private final Path path;
  private final FileChannel lock;

  private RunFolder(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /**
   * Begins a run in a folder, which is made if it does not exist.
   *
   * @throws RunException OG-510 when the folder holds a run, or another process has it
   */
  public static RunFolder create(Path path) {
    requireNew(path);
    return lock(path);
  }

  /**
   * Refuses a folder that holds a run; for those who want to know before they create one.
   *
   * @throws RunException OG-510
   */
  public static void requireNew(Path path) {
    if (Files.exists(path.resolve(STATE)) || Files.exists(path.resolve(MetricsLog.FILE))) {
      throw new RunException(
          RunException.FOLDER_IN_USE,
          "folder " + path + " holds a run",
          "Go on with it by --resume, or choose another folder with --run.");
    }
  }

  /**
   * Opens the folder of an interrupted run.
   *
   * @throws RunException OG-511 when it holds no state, OG-510 when another process has it
   */
  public static RunFolder open(Path path) {
    requireState(path);
    RunFolder folder = lock(path);
    folder.deleteUnfinished();
    return folder;
  }

  /**
   * Refuses a folder from which nothing can go on.
   *
   * @throws RunException OG-511
   */
  public static void requireState(Path path) {
    if (!Files.exists(path.resolve(STATE))) {
      throw new RunException(
          RunException.NOTHING_TO_RESUME,
          "folder " + path + " holds no " + STATE,
          "Begin the run without --resume, or name its folder with --run.");
    }
  }

  /**
   * The run's configuration.
   *
   * @throws RunException OG-511 when it is gone
   */
  public static Path requireConfig(Path path) {
    Path config = path.resolve(CONFIG);
    if (!Files.exists(config)) {
      throw new RunException(
          RunException.NOTHING_TO_RESUME,
          "folder " + path + " holds no " + CONFIG,
          "Put it back: 'onnx-ghn train --print-config' with what the run began with prints it.");
    }
    return config;
  }

  /** What a process that was killed was writing. */
  private void deleteUnfinished() {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path, ".*.tmp")) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new RunException(
          RunException.FILE,
          "folder " + path + " cannot be cleared: " + e.getMessage(),
          "Check that it may be written to.",
          e);
    }
  }

  /**
   * Holds a folder, whatever is in it; it is made if it does not exist.
   *
   * @throws RunException OG-510 when another process has it
   */
  public static RunFolder hold(Path path) {
    return lock(path);
  }

  private static RunFolder lock(Path path) {
    try {
      Files.createDirectories(path);
      FileChannel channel =
          FileChannel.open(
              requireOwn(path.resolve(LOCK)), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        if (channel.tryLock() != null) {
          return new RunFolder(path, channel);
        }
      } catch (OverlappingFileLockException e) {
        // Another run of this process has it: the same answer as for another process.
      }
      channel.close();
    } catch (IOException e) {
      throw new RunException(
          RunException.FILE,
          "folder " + path + " cannot be written: " + e.getMessage(),
          "Choose another folder with --run.",
          e);
    }
    throw new RunException(
        RunException.FOLDER_IN_USE,
        "folder " + path + " is used by another run",
        "Wait for that run to end, or choose another folder with --run.");
  }

  /** The folder. */
  public Path path() {
    return path;
  }

  /**
   * A file in it, which may not exist yet.
   *
   * @throws RunException OG-514 when it is none of this folder, see {@link #requireOwn}
   */
  public Path file(String name) {
    return requireOwn(path.resolve(name));
  }

  /**
   * Refuses a file of the run that is a link, a pipe or a device: in a folder from elsewhere, what
   * is written through it would overwrite files of the user.
   *
   * @return the file
   * @throws RunException OG-514
   */
  public static Path requireOwn(Path file) {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new RunException(
          RunException.FILE,
          file + " is a link, or another thing that is no regular file; runs follow none",
          "Delete it, or put the file that it leads to in its place.");
    }
    return file;
  }

  /** Lets other processes have the folder. */
  @Override
  public void close() {
    try {
      // The file stays: a run that has opened it by now must not hold another than the next.
      lock.close();
    } catch (IOException e) {
      throw new RunException(
          RunException.FILE,
          "folder " + path + " cannot be written: " + e.getMessage(),
          "Check that it still exists.",
          e);
    }
  }
}
