package org.onnxghn.converter.images;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The files below a folder, through links, too. A folder to which several ways lead is gone through
 * once: some folders with links to each other make more ways than anyone can go.
 */
final class FolderWalk {
  private static final int DEPTH = 16;

  private final int most;
  private final List<Path> files = new ArrayList<>();
  private final Set<Path> seen = new HashSet<>();
  private final Deque<Path> open = new ArrayDeque<>();

  private FolderWalk(int most) {
    this.most = most;
  }

  /**
   * Lists them, without those whose name begins with a dot.
   *
   * @param most what is beyond this number of files is not looked at: one more is listed
   * @return in the order of their paths
   */
  static List<Path> files(Path folder, int most) throws IOException {
    FolderWalk walk = new FolderWalk(most);
    walk.enter(folder, DEPTH);
    Collections.sort(walk.files);
    return walk.files;
  }

  private void enter(Path folder, int depth) throws IOException {
    Path real = folder.toRealPath();
    if (open.contains(real)) {
      throw new FileSystemLoopException(folder.toString());
    }
    if (!seen.add(real)) {
      return;
    }
    open.push(real);
    for (Path child : children(folder)) {
      if (Files.isDirectory(child)) {
        if (depth > 1) {
          enter(child, depth - 1);
        }
      } else if (!child.getFileName().toString().startsWith(".")) {
        files.add(child);
      }
      if (files.size() > most) {
        return;
      }
    }
    open.pop();
  }

  /** Sorted, so that the same of several ways is taken on each system. */
  private static List<Path> children(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.sorted().toList();
    }
  }
}
