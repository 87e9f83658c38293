package org.onnxghn.graph.importer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * All ONNX operators that we know, from {@code operators.csv} beside this class: those of the ONNX
 * standard and those of ONNX Runtime. The importer, {@code check}, the executor's registry test and
 * {@code SUPPORTED_OPS.md} read this one table.
 */
public final class OperatorTable {
  /** The default domain's name; models store it as the empty string. */
  public static final String DEFAULT_DOMAIN = "ai.onnx";

  private static final String RESOURCE = "operators.csv";
  private static final List<Operator> ALL = load();
  private static final Map<Key, NavigableMap<Integer, Operator>> VERSIONS = byVersion(ALL);

  private record Key(String domain, String name) {}

  private OperatorTable() {}

  /**
   * The version of an operator that a model with this opset means: the newest since-version that is
   * not above {@code opset}. Deprecated operators are found like all others.
   *
   * @param domain as stored; the empty string and {@code ai.onnx} are the same
   * @param opType as stored
   * @param opset the version that the model imports of that domain
   * @return empty if the operator is unknown, or younger than the opset
   */
  public static Optional<Operator> find(String domain, String opType, long opset) {
    NavigableMap<Integer, Operator> versions =
        VERSIONS.get(new Key(canonicalDomain(domain), opType));
    if (versions == null || opset < 1) {
      return Optional.empty();
    }
    var newest = versions.floorEntry((int) Math.min(opset, Integer.MAX_VALUE));
    return newest == null ? Optional.empty() : Optional.of(newest.getValue());
  }

  /** True if some version of the operator is known, whatever the opset. */
  public static boolean isKnown(String domain, String opType) {
    return VERSIONS.containsKey(new Key(canonicalDomain(domain), opType));
  }

  /** Every operator in its newest version, by domain and name, in the order of the file. */
  public static List<Operator> all() {
    return ALL;
  }

  /** {@code ai.onnx} for the empty string, any other domain as it is. */
  public static String canonicalDomain(String domain) {
    return domain.isEmpty() ? DEFAULT_DOMAIN : domain;
  }

  private static List<Operator> load() {
    try (InputStream in = OperatorTable.class.getResourceAsStream(RESOURCE);
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return OperatorCsv.parse(reader.lines().toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<Key, NavigableMap<Integer, Operator>> byVersion(List<Operator> operators) {
    Map<Key, NavigableMap<Integer, Operator>> index = new HashMap<>();
    for (Operator operator : operators) {
      NavigableMap<Integer, Operator> versions = new TreeMap<>();
      operator.sinceVersions().forEach(v -> versions.put(v, operator.atVersion(v)));
      index.put(new Key(operator.domain(), operator.name()), versions);
    }
    return index;
  }
}
