package org.onnxghn.trainer.deepnets;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.onnxghn.converter.ConversionException;
import org.onnxghn.onnx.OnnxGhnException;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.Sha256;
import org.onnxghn.trainer.exec.Program;

/** Users' own architectures: ONNX files that the importer and the executor both take. */
public final class ModelFiles implements Architectures {
  private static final String SUFFIX = "(?i)\\.onnx$";

  private final String name;
  private final List<Path> files;
  private final Map<Path, String> names;
  private final Set<String> hashes;
  private final String sha256;

  private ModelFiles(
      String name, List<Path> files, Map<Path, String> names, Set<String> hashes, String sha256) {
    this.name = name;
    this.files = List.copyOf(files);
    this.names = Map.copyOf(names);
    this.hashes = Set.copyOf(hashes);
    this.sha256 = sha256;
  }

  /**
   * The ONNX files of a folder and the folders in it, or those that a pattern names, in the order
   * of their paths; the same that {@code check} finds.
   *
   * @param folderOrPattern such as {@code nets} or {@code nets/**.onnx}
   * @throws ArchitectureException OG-530 when there are none, OG-531 with all that cannot be used
   */
  public static ModelFiles of(String folderOrPattern) {
    List<Path> files = find(folderOrPattern);
    List<String> refused = new ArrayList<>();
    Map<String, Path> hashes = new HashMap<>();
    for (Path file : files) {
      try {
        OnnxModel model = OnnxModel.read(file);
        Program.compile(model).close();
        String hash = ArchitectureHash.of(model);
        Path same = hashes.putIfAbsent(hash, file);
        if (same != null) {
          refused.add(file + ": the same graph, but perhaps for activations, as " + same);
        }
      } catch (OnnxGhnException e) {
        refused.add(refusal(file.toString(), e));
      }
    }
    if (!refused.isEmpty()) {
      throw new ArchitectureException(
          ArchitectureException.UNUSABLE,
          "%d of %d files cannot be used: %s"
              .formatted(refused.size(), files.size(), String.join("; ", refused)),
          "Leave them out; 'onnx-ghn check --for finetune' says what is wrong.");
    }
    Map<Path, String> names = names(files);
    return new ModelFiles(folderOrPattern, files, names, hashes.keySet(), sha256(hashes, names));
  }

  /** What is wrong with a file; messages of reading it begin with its path already. */
  public static String refusal(String file, OnnxGhnException cause) {
    String message = cause.getMessage();
    return message.startsWith(file) ? message : file + ": " + message;
  }

  /** Of names and graphs, sorted. */
  private static String sha256(Map<String, Path> hashes, Map<Path, String> names) {
    MessageDigest digest = Sha256.digest();
    hashes.entrySet().stream()
        .map(entry -> names.get(entry.getValue()) + " " + entry.getKey() + "\n")
        .sorted()
        .forEach(line -> digest.update(line.getBytes(StandardCharsets.UTF_8)));
    return HexFormat.of().formatHex(digest.digest());
  }

  /**
   * Those files, whatever is in them.
   *
   * @throws ArchitectureException OG-530 when there are none
   */
  public static List<Path> find(String folderOrPattern) {
    try {
      List<Path> files =
          org.onnxghn.converter.check.ModelFiles.find(List.of(folderOrPattern)).stream()
              .filter(Files::exists)
              .toList();
      if (!files.isEmpty()) {
        return files;
      }
    } catch (ConversionException e) {
      throw new ArchitectureException(ArchitectureException.NONE, e.getMessage(), e.fix());
    }
    throw new ArchitectureException(
        ArchitectureException.NONE,
        "no file or folder is called '" + folderOrPattern + "'",
        "Name a folder, a file, or a pattern in quotes such as 'nets/*.onnx'.");
  }

  /** Names of files without the suffix, with as many of their folders as it takes to differ. */
  private static Map<Path, String> names(List<Path> files) {
    Map<Path, String> names = new HashMap<>();
    Set<Path> same = Set.copyOf(files);
    for (int folders = 0; !same.isEmpty(); folders++) {
      Map<String, Path> seen = new HashMap<>();
      Set<Path> stillSame = new HashSet<>();
      for (Path file : same) {
        names.put(file, name(file, folders));
      }
      for (Path file : files) {
        Path other = seen.putIfAbsent(names.get(file), file);
        if (other != null) {
          stillSame.addAll(List.of(file, other));
        }
      }
      int parts = folders + 1;
      stillSame.removeIf(file -> file.getNameCount() <= parts);
      same = stillSame;
    }
    return names;
  }

  private static String name(Path file, int folders) {
    int end = file.getNameCount();
    Path last = file.subpath(Math.max(0, end - 1 - folders), end);
    return StreamSupport.stream(last.spliterator(), false)
        .map(Path::toString)
        .collect(Collectors.joining("-"))
        .replaceFirst(SUFFIX, "");
  }

  /**
   * Refuses networks that {@code generate} wrote of lists that a hypernetwork was trained with.
   *
   * @param lists {@link DeepNets#identity} of each
   * @throws ArchitectureException OG-532 with the files
   */
  public void requireNotOf(Set<String> lists) {
    List<String> shared =
        files.stream()
            .filter(file -> lists.contains(list(OnnxModel.read(file).proto().getGraph().getName())))
            .map(Path::toString)
            .toList();
    if (!shared.isEmpty()) {
      throw overlap(shared, "trained");
    }
  }

  /** A network's name without its number. */
  private static String list(String name) {
    return name.substring(0, Math.max(0, name.lastIndexOf('-')));
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
            .filter(file -> other.contains(ArchitectureHash.of(OnnxModel.read(file))))
            .map(Path::toString)
            .toList();
    throw overlap(shared, what);
  }

  private static ArchitectureException overlap(List<String> shared, String what) {
    return new ArchitectureException(
        ArchitectureException.OVERLAP,
        "%s: the same network as one that the hypernetwork is %s with"
            .formatted(String.join(", ", shared), what),
        "Leave the files out; networks are the same when their graphs are.");
  }

  /** SHA-256 in hexadecimal of all names and graphs, wherever the files are. */
  public String sha256() {
    return sha256;
  }

  /** Of all files' networks. */
  public Set<String> hashes() {
    return hashes;
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
    return new Architecture(names.get(file), OnnxModel.read(file), Map.of("file", file.toString()));
  }
}
