package org.onnxghn.trainer.deepnets;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.OnnxGhnException;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.trainer.exec.Program;

/** Users' own architectures: ONNX files that the importer and the executor both take. */
public final class ModelFiles implements Architectures {
  private static final String SUFFIX = ".onnx";

  private final String name;
  private final List<Path> files;
  private final Set<String> hashes;

  private ModelFiles(String name, List<Path> files, Set<String> hashes) {
    this.name = name;
    this.files = List.copyOf(files);
    this.hashes = Set.copyOf(hashes);
  }

  /**
   * The ONNX files of a folder, or those that a pattern names, in the order of their names.
   *
   * @param folderOrPattern such as {@code nets} or {@code nets/*.onnx}
   * @throws ArchitectureException OG-530 when there are none, OG-531 with all that cannot be used
   */
  public static ModelFiles of(String folderOrPattern) {
    List<Path> files = find(folderOrPattern);
    if (files.isEmpty()) {
      throw new ArchitectureException(
          ArchitectureException.NONE,
          "no ONNX file is in or matches " + folderOrPattern,
          "Name a folder, a file, or a pattern in quotes such as 'nets/*.onnx'.");
    }
    List<String> refused = new ArrayList<>();
    Map<String, Path> hashes = new HashMap<>();
    for (Path file : files) {
      try {
        OnnxModel model = OnnxModel.read(file);
        Program.compile(model).close();
        String hash = hash(model);
        Path same = hashes.putIfAbsent(hash, file);
        if (same != null) {
          refused.add(file + ": the same network as " + same);
        }
      } catch (OnnxGhnException e) {
        refused.add(file + ": " + e.getMessage());
      }
    }
    if (!refused.isEmpty()) {
      throw new ArchitectureException(
          ArchitectureException.UNUSABLE,
          "%d of %d files cannot be used: %s"
              .formatted(refused.size(), files.size(), String.join("; ", refused)),
          "Leave them out; 'onnx-ghn check --for finetune' says what is wrong.");
    }
    return new ModelFiles(folderOrPattern, files, hashes.keySet());
  }

  private static List<Path> find(String folderOrPattern) {
    Path path = Path.of(folderOrPattern.replace('*', '_').replace('?', '_'));
    boolean pattern = folderOrPattern.contains("*") || folderOrPattern.contains("?");
    if (!pattern && Files.isRegularFile(Path.of(folderOrPattern))) {
      return List.of(Path.of(folderOrPattern));
    }
    Path folder = pattern ? path.toAbsolutePath().getParent() : path;
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    String last = folderOrPattern.substring(folderOrPattern.lastIndexOf('/') + 1);
    PathMatcher matcher =
        FileSystems.getDefault().getPathMatcher("glob:" + (pattern ? last : "*" + SUFFIX));
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(Files::isRegularFile)
          .filter(file -> matcher.matches(file.getFileName()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Refuses files that some other list has, too.
   *
   * @param other hashes of its networks
   * @param what the other list is
   * @throws ArchitectureException OG-532 with the files
   */
  public void requireDisjoint(Set<String> other, String what) {
    if (Collections.disjoint(hashes, other)) {
      return;
    }
    List<String> shared =
        files.stream()
            .filter(file -> other.contains(hash(OnnxModel.read(file))))
            .map(Path::toString)
            .toList();
    throw new ArchitectureException(
        ArchitectureException.OVERLAP,
        "%s: the same network as one that the hypernetwork is %s with"
            .formatted(String.join(", ", shared), what),
        "Leave the files out; networks are the same when their graphs are.");
  }

  /**
   * The same in a random order. Names sort files by kind, so that a training in their order would
   * see one kind at a time.
   */
  public ModelFiles shuffled(long seed) {
    List<Path> order = new ArrayList<>(files);
    Collections.shuffle(order, new Random(seed));
    return new ModelFiles(name, order, hashes);
  }

  /** Of all files' networks. */
  public Set<String> hashes() {
    return hashes;
  }

  private static String hash(OnnxModel model) {
    return ArchitectureHash.of(GraphImporter.importGraph(model).graph());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long size() {
    return files.size();
  }

  @Override
  public Architecture get(long index) {
    Path file = files.get(Math.toIntExact(index));
    String stem = file.getFileName().toString().replace(SUFFIX, "");
    return new Architecture(stem, OnnxModel.read(file), Map.of("file", file.toString()));
  }
}
