package org.onnxghn.onnx;

import static org.onnxghn.onnx.OnnxCodes.quote;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.onnxghn.onnx.proto.StringStringEntryProto;
import org.onnxghn.onnx.proto.TensorProto;

/**
 * The folder of a model file: finds external data in it, and nowhere else. Symbolic links are
 * followed only as far as they stay inside.
 *
 * <p>A model file that is a symbolic link has two folders, the one that it leads to and its own: in
 * the cache of Hugging Face the links have the names of the files, and what they lead to has not.
 */
final class ModelFolder {
  /** Real paths, in the order of looking. */
  private final Set<Path> roots;

  private final Map<String, Optional<Path>> located = new ConcurrentHashMap<>();

  private ModelFolder(Set<Path> roots) {
    this.roots = roots;
  }

  /** The folder that the file lies in, and that of the link where the path is one. */
  static ModelFolder of(Path modelFile) throws IOException {
    Set<Path> roots = new LinkedHashSet<>();
    roots.add(modelFile.toRealPath().getParent());
    roots.add(modelFile.toAbsolutePath().getParent().toRealPath());
    return new ModelFolder(roots);
  }

  /** Real paths of the files that were found so far: after validation, all that the model uses. */
  Set<Path> files() {
    return located.values().stream().flatMap(Optional::stream).collect(Collectors.toSet());
  }

  /** The value of a key of {@code external_data}; the first, as ONNX's own readers take it. */
  static Optional<String> entry(TensorProto tensor, String key) {
    return tensor.getExternalDataList().stream()
        .filter(entry -> entry.getKey().equals(key))
        .map(StringStringEntryProto::getValue)
        .findFirst();
  }

  /**
   * Where the bytes of an external tensor are.
   *
   * @param needed bytes that its shape and type ask for; -1 when the type is not known here: then
   *     its length, or the rest of the file
   * @param where the tensor, for messages
   * @return empty when there is no such file
   * @throws OnnxException OG-120 when the file would lie outside, OG-122 when it is too short
   */
  Optional<ExternalRegion> locate(TensorProto tensor, long needed, String where) {
    String location =
        entry(tensor, "location")
            .filter(text -> !text.isEmpty())
            .orElseThrow(() -> outside(where, "", "has no location"));
    long offset = number(tensor, "offset", 0, where);
    long length = number(tensor, "length", needed, where);
    if (needed >= 0 && length != needed) {
      throw range(where, "gives a length of " + length + " bytes, its shape needs " + needed);
    }
    Optional<Path> file = find(location, where);
    if (file.isEmpty()) {
      return Optional.empty();
    }
    long size;
    try {
      size = Files.size(file.get());
    } catch (IOException e) {
      throw missing(where, location, e);
    }
    if (length < 0 && offset <= size) {
      length = size - offset;
    }
    if (offset > size || length > size - offset) {
      throw range(
          where,
          "needs bytes %d to %s of %s, which has %d"
              .formatted(
                  offset,
                  length > Long.MAX_VALUE - offset ? "2^63" : Long.toString(offset + length),
                  quote(location),
                  size));
    }
    return Optional.of(new ExternalRegion(file.get(), offset, length));
  }

  /**
   * The file of a location: its real path, or where there is none a path that has no other
   * spelling.
   *
   * @throws OnnxException OG-120 when the file would lie outside
   */
  Path file(String location, String where) {
    return find(location, where).orElseGet(() -> Path.of(location).normalize());
  }

  /** The exception for data whose file is not there. */
  static OnnxException missing(String where, String location, Throwable cause) {
    return new OnnxException(
        OnnxCodes.EXTERNAL_MISSING,
        where
            + " has its data in "
            + quote(location)
            + ", which "
            + (cause == null ? "is not there" : "cannot be read: " + cause.getMessage()),
        "Put the external data file beside the model, under the name that the model gives it.",
        cause);
  }

  private Optional<Path> find(String location, String where) {
    Optional<Path> known = located.get(location);
    if (known != null) {
      return known;
    }
    Optional<Path> found = resolve(location, where);
    located.put(location, found);
    return found;
  }

  private Optional<Path> resolve(String location, String where) {
    // Backslashes separate on Windows, so they are looked at as separators everywhere.
    for (String part : location.split("[/\\\\]", -1)) {
      if (part.equals("..")) {
        throw outside(where, location, "has \"..\" in its location");
      }
    }
    Path path;
    try {
      path = Path.of(location);
    } catch (InvalidPathException e) {
      throw outside(where, location, "has a location that is not a path");
    }
    if (path.isAbsolute() || location.startsWith("\\") || location.matches("(?s)[A-Za-z]:.*")) {
      throw outside(where, location, "has an absolute location");
    }
    for (Path root : roots) {
      Path candidate = root.resolve(path);
      if (Files.exists(candidate)) {
        return Optional.of(inside(candidate, location, where));
      }
    }
    return Optional.empty();
  }

  private Path inside(Path candidate, String location, String where) {
    try {
      Path real = candidate.toRealPath();
      if (roots.stream().noneMatch(real::startsWith)) {
        throw outside(where, location, "has a location that a symbolic link leads out of");
      }
      if (!Files.isRegularFile(real)) {
        throw outside(where, location, "has a location that is not a regular file");
      }
      return real;
    } catch (IOException e) {
      throw missing(where, location, e);
    }
  }

  private static long number(TensorProto tensor, String key, long otherwise, String where) {
    Optional<String> text = entry(tensor, key);
    if (text.isEmpty()) {
      return otherwise;
    }
    try {
      long value = Long.parseLong(text.get().strip());
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      // reported below, together with negative numbers
    }
    throw range(where, "has the " + key + " " + quote(text.get()));
  }

  private static OnnxException outside(String where, String location, String problem) {
    return new OnnxException(
        OnnxCodes.EXTERNAL_PATH,
        where + ": external data " + quote(location) + " " + problem,
        "External data must lie in the folder of the model file; re-export the model.");
  }

  private static OnnxException range(String where, String problem) {
    return new OnnxException(
        OnnxCodes.EXTERNAL_RANGE,
        where + ": external data " + problem,
        "The data file is damaged or belongs to another model; copy both again.");
  }
}
