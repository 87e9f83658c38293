package org.onnxghn.trainer.train;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.onnx.OnnxGhnException;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * Training configurations as YAML: five sections of keys and plain values, as the presets have them
 * ({@code presets/*.yaml} beside this class). A file names the preset that it starts from with
 * {@code preset:}, and only the keys that differ; {@code --set section.key=value} changes single
 * ones. A key that no preset has is refused, with the nearest one that there is.
 */
public final class ConfigFile {
  /** The configurations that come with the tool. */
  public static final List<String> PRESETS =
      List.of("cifar-small", "ghn3-t", "ghn3-s", "ghn3-l", "ghn3-xl", "ghn2", "mlp");

  private static final String PRESET = "preset";
  private static final int MAX_BYTES = 1 << 20;

  private ConfigFile() {}

  /**
   * Reads a preset or a file.
   *
   * @param nameOrFile a preset's name, else a path
   * @param settings {@code section.key=value}
   * @throws TrainingException OG-540 for an unknown name or key, or a value that is not understood
   */
  public static TrainingConfig read(String nameOrFile, List<String> settings) {
    Map<String, Object> values;
    if (PRESETS.contains(nameOrFile)) {
      values = preset(nameOrFile);
    } else {
      values = complete(nameOrFile, text(nameOrFile));
    }
    for (String setting : settings) {
      set(values, setting);
    }
    return convert(values);
  }

  /**
   * Reads a file's text.
   *
   * @param source what messages call it
   * @throws TrainingException OG-540 as {@link #read}
   */
  public static TrainingConfig parse(String source, String yaml) {
    return convert(complete(source, yaml));
  }

  /** The {@code --set} options that turn one hypernetwork's section into another's. */
  static String settings(GhnConfig from, GhnConfig to) {
    Map<?, ?> before = ConfigValues.MAPPER.convertValue(from, LinkedHashMap.class);
    Map<?, ?> after = ConfigValues.MAPPER.convertValue(to, LinkedHashMap.class);
    return after.entrySet().stream()
        .filter(entry -> !entry.getValue().equals(before.get(entry.getKey())))
        .map(entry -> "--set hypernetwork." + entry.getKey() + "=" + lowerCase(entry.getValue()))
        .map(setting -> setting.replace(", ", ","))
        .collect(Collectors.joining(" "));
  }

  /** The configuration as a complete file, which {@link #read} takes. */
  public static String write(TrainingConfig config) {
    DumperOptions options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    options.setDereferenceAliases(true);
    Map<?, ?> values = ConfigValues.MAPPER.convertValue(config, LinkedHashMap.class);
    return new Yaml(options).dump(lowerCase(values));
  }

  /** Enums as they are written by hand. */
  private static Object lowerCase(Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> copy = new LinkedHashMap<>();
      map.forEach((key, inner) -> copy.put(key, lowerCase(inner)));
      return copy;
    }
    if (value instanceof List<?> list) {
      return list.stream().map(ConfigFile::lowerCase).toList();
    }
    return value instanceof String text ? text.toLowerCase(Locale.ROOT) : value;
  }

  /** The file's preset with what the file changes. */
  private static Map<String, Object> complete(String source, String yaml) {
    Map<String, Object> file = map(source, yaml);
    Object base = file.containsKey(PRESET) ? file.remove(PRESET) : PRESETS.get(0);
    String name = String.valueOf(base);
    if (!PRESETS.contains(name)) {
      throw refused(source + ": no preset '" + name + "'", nearest(name, PRESETS));
    }
    Map<String, Object> values = preset(name);
    merge(source, values, file);
    return values;
  }

  private static Map<String, Object> preset(String name) {
    try (InputStream in = ConfigFile.class.getResourceAsStream("presets/" + name + ".yaml")) {
      return map(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(String name) {
    try {
      Path file = Path.of(name);
      if (!Files.isRegularFile(file)) {
        throw missing(name);
      }
      if (Files.size(file) > MAX_BYTES) {
        throw refused(file + " has more than a megabyte", "Give a configuration.");
      }
      return Files.readString(file);
    } catch (InvalidPathException e) {
      throw missing(name);
    } catch (IOException e) {
      throw new TrainingException(
          TrainingException.CONFIG,
          name + " cannot be read: " + e.getMessage(),
          "Check the path; it must be text in UTF-8.",
          e);
    }
  }

  private static TrainingException missing(String name) {
    if (name.contains("/") || name.contains(File.separator) || name.endsWith(".yaml")) {
      return refused(
          "'" + name + "' is no file",
          "Check the path, or name a preset: " + String.join(", ", PRESETS) + ".");
    }
    return refused("no preset and no file is called '" + name + "'", nearest(name, PRESETS));
  }

  private static Map<String, Object> map(String source, String text) {
    Map<String, Object> values = new LinkedHashMap<>();
    if (load(source, text) instanceof Map<?, ?> map) {
      map.forEach((key, value) -> values.put(String.valueOf(key), value));
      return values;
    }
    throw refused(source + " is no map of sections", "Write sections with keys, as the presets.");
  }

  private static Object load(String source, String text) {
    try {
      LoaderOptions options = new LoaderOptions();
      options.setAllowDuplicateKeys(false);
      // Aliases of collections make cycles, and small files large.
      options.setMaxAliasesForCollections(0);
      options.setWrappedToRootException(true);
      return new Yaml(new SafeConstructor(options)).load(text);
    } catch (YAMLException e) {
      throw new TrainingException(
          TrainingException.CONFIG,
          source + " is not valid YAML: " + problem(e),
          "Correct it; 'onnx-ghn train --print-config' shows the form.",
          e);
    }
  }

  private static String problem(YAMLException e) {
    if (e instanceof MarkedYAMLException marked && marked.getProblemMark() != null) {
      Mark at = marked.getProblemMark();
      return "line %d, column %d: %s"
          .formatted(at.getLine() + 1, at.getColumn() + 1, marked.getProblem());
    }
    return e.getMessage().lines().findFirst().orElse("");
  }

  private static void merge(String source, Map<String, Object> into, Map<String, Object> from) {
    from.forEach(
        (section, content) -> {
          section(source, into, section);
          if (!(content instanceof Map<?, ?> values)) {
            throw refused(source + ": " + section + " is no section", "Put its keys below it.");
          }
          values.forEach((key, value) -> put(source, section, into, String.valueOf(key), value));
        });
  }

  private static void set(Map<String, Object> values, String setting) {
    int equals = setting.indexOf('=');
    int dot = setting.indexOf('.');
    if (equals < 0 || dot < 0 || dot > equals) {
      throw refused("--set " + setting + " is not understood", "Write --set section.key=value.");
    }
    String section = setting.substring(0, dot);
    Object value = load("--set " + setting, setting.substring(equals + 1));
    put("--set", section, values, setting.substring(dot + 1, equals), value);
  }

  @SuppressWarnings("unchecked") // Presets have sections only.
  private static Map<String, Object> section(
      String source, Map<String, Object> values, String name) {
    Object section = values.get(name);
    if (section == null) {
      throw refused(source + ": no section '" + name + "'", elsewhere(name, values, values));
    }
    return (Map<String, Object>) section;
  }

  private static void put(
      String source, String section, Map<String, Object> values, String key, Object value) {
    Map<String, Object> known = section(source, values, section);
    if (!known.containsKey(key)) {
      throw refused(
          "%s: no key '%s' in section '%s'".formatted(source, key, section),
          elsewhere(key, known, values));
    }
    ConfigValues.require(source, section, key, value);
    known.put(key, value);
  }

  private static TrainingConfig convert(Map<String, Object> values) {
    try {
      return ConfigValues.MAPPER.convertValue(values, TrainingConfig.class);
    } catch (IllegalArgumentException e) {
      for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
        if (cause instanceof OnnxGhnException refusal) {
          throw refusal;
        }
      }
      throw e;
    }
  }

  private static TrainingException refused(String what, String fix) {
    return new TrainingException(TrainingException.CONFIG, what, fix);
  }

  /** A hint to the section that has the key, else to the most similar name of those expected. */
  @SuppressWarnings("unchecked") // As above.
  private static String elsewhere(
      String key, Map<String, Object> expected, Map<String, Object> sections) {
    for (Map.Entry<String, Object> section : sections.entrySet()) {
      for (String known : ((Map<String, Object>) section.getValue()).keySet()) {
        if (known.equalsIgnoreCase(key)) {
          return "Did you mean '%s.%s'?".formatted(section.getKey(), known);
        }
      }
    }
    List<String> names = new ArrayList<>(expected.keySet());
    if (expected == sections) {
      names.add(PRESET);
    }
    return nearest(key, names);
  }

  /** A hint to the one with the most similar name, and all that there are. */
  static String nearest(String name, List<String> known) {
    String best =
        known.stream()
            .min((a, b) -> Integer.compare(distance(name, a), distance(name, b)))
            .orElse("");
    return "Did you mean '%s'? There are: %s.".formatted(best, String.join(", ", known));
  }

  /** Levenshtein's edit distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
