package org.onnxghn.converter.check;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.onnxghn.converter.ConversionException;

/** Finds the models that the user means: files, folders (every {@code .onnx} below), patterns. */
public final class ModelFiles {
  /** Deeper folders are not looked into. */
  private static final int MAX_DEPTH = 64;

  private ModelFiles() {}

  /**
   * The files, each once, in the order of the arguments and sorted within one. A plain path that
   * does not exist is passed on: reading it says what is wrong.
   *
   * @param arguments paths, or patterns with {@code * ? [ ] { }}, where {@code **} crosses folders
   * @throws ConversionException OG-411 when a folder or a pattern holds no model
   */
  public static List<Path> find(List<String> arguments) {
    Map<Path, Path> files = new LinkedHashMap<>();
    for (String argument : arguments) {
      Path path = path(argument);
      if (path != null && Files.isDirectory(path)) {
        add(files, below(path, MAX_DEPTH, ModelFiles::isModel, argument));
      } else if (path != null && (Files.exists(path) || !isPattern(argument))) {
        add(files, List.of(path));
      } else {
        add(files, matching(argument));
      }
    }
    return List.copyOf(files.values());
  }

  /** As they are named, by where they are. */
  private static void add(Map<Path, Path> files, List<Path> found) {
    found.forEach(file -> files.putIfAbsent(file.toAbsolutePath().normalize(), file));
  }

  /** With slashes, and relative where it lies below the working folder. */
  public static String displayed(Path file) {
    Path folder = Path.of("").toAbsolutePath();
    Path absolute = file.toAbsolutePath().normalize();
    Path shown = absolute.startsWith(folder) ? folder.relativize(absolute) : absolute;
    return shown.toString().replace('\\', '/');
  }

  private static Path path(String argument) {
    try {
      return Path.of(argument);
    } catch (InvalidPathException e) {
      // On some systems a pattern is no path.
      if (isPattern(argument)) {
        return null;
      }
      throw none(argument, e);
    }
  }

  private static List<Path> matching(String pattern) {
    String slashed = pattern.replace('\\', '/');
    int special = 0;
    while (!isPattern(slashed.substring(special, special + 1))) {
      special++;
    }
    int end = slashed.lastIndexOf('/', special) + 1;
    Path folder = Path.of(slashed.substring(0, end));
    String wanted = slashed.substring(end);
    PathMatcher matcher;
    try {
      matcher = FileSystems.getDefault().getPathMatcher("glob:" + orNoFolder(wanted));
    } catch (PatternSyntaxException e) {
      throw none(pattern, e);
    }
    if (!Files.isDirectory(folder) && end > 0) {
      throw none(pattern, null);
    }
    // What is deeper cannot match, and may not be readable.
    int depth = wanted.contains("**") ? MAX_DEPTH : wanted.split("/").length;
    return below(folder, depth, file -> matcher.matches(folder.relativize(file)), pattern);
  }

  /**
   * As shells have it, {@code **} between slashes may be no folder, too; Java's is one or more.
   * Within braces it stays as it is, since Java's may not be nested.
   */
  private static String orNoFolder(String pattern) {
    return pattern.replaceAll("(^|/)\\*\\*/(?![^{]*})", "$1{**/,}");
  }

  private static List<Path> below(Path folder, int depth, Predicate<Path> wanted, String argument) {
    try (Stream<Path> files = Files.find(folder, depth, ModelFiles::isFile)) {
      List<Path> found = files.filter(wanted).sorted().toList();
      if (found.isEmpty()) {
        throw none(argument, null);
      }
      return found;
    } catch (IOException | UncheckedIOException e) {
      throw none(argument, e);
    }
  }

  /** Links to files count; links to folders are not followed, which could lead in circles. */
  private static boolean isFile(Path file, BasicFileAttributes attributes) {
    return attributes.isRegularFile() || attributes.isSymbolicLink() && Files.isRegularFile(file);
  }

  private static boolean isModel(Path file) {
    return file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".onnx");
  }

  private static boolean isPattern(String text) {
    return text.chars().anyMatch(c -> "*?[{".indexOf(c) >= 0);
  }

  private static ConversionException none(String argument, Exception cause) {
    return new ConversionException(
        CheckCodes.NO_MODELS,
        "no model is found at '" + argument + "'" + (cause == null ? "" : ": " + cause),
        "Name files, folders with .onnx files, or a pattern in quotes such as 'models/**.onnx'.",
        cause);
  }
}
