package org.onnxghn.converter.report;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Parameters whose names begin alike, as layers of one block do.
 *
 * @param name what they have in common
 * @param elements of all of them
 * @param sources number of tensors by source
 * @param mean of all elements that have values
 * @param std standard deviation of all elements that have values
 * @param l2 of all of them
 */
record ParameterGroup(
    String name,
    int tensors,
    long elements,
    Map<Source, Integer> sources,
    double mean,
    double std,
    double l2) {
  private static final int MOST = 24;
  private static final int DEEPEST = 4;

  /**
   * Groups by the modules that names begin with, as finely as {@link #MOST} groups allow, in order
   * of first appearance.
   */
  static List<ParameterGroup> of(List<ParameterReport> parameters) {
    Map<String, List<ParameterReport>> chosen = byPrefix(parameters, 1);
    for (int depth = 2; depth <= DEEPEST; depth++) {
      Map<String, List<ParameterReport>> finer = byPrefix(parameters, depth);
      if (finer.size() > MOST) {
        break;
      }
      chosen = finer;
    }
    List<ParameterGroup> groups = new ArrayList<>();
    chosen.forEach((prefix, members) -> groups.add(of(prefix, members)));
    return groups;
  }

  private static Map<String, List<ParameterReport>> byPrefix(
      List<ParameterReport> parameters, int depth) {
    Map<String, List<ParameterReport>> byPrefix = new LinkedHashMap<>();
    for (ParameterReport parameter : parameters) {
      byPrefix
          .computeIfAbsent(prefix(parameter.name(), depth), key -> new ArrayList<>())
          .add(parameter);
    }
    return byPrefix;
  }

  private static ParameterGroup of(String name, List<ParameterReport> members) {
    Map<Source, Integer> sources = new EnumMap<>(Source.class);
    long elements = 0;
    long counted = 0;
    double sum = 0;
    double squares = 0;
    for (ParameterReport member : members) {
      sources.merge(member.source(), 1, Integer::sum);
      elements += member.elements();
      if (member.mean() != null && member.elements() > 0) {
        counted += member.elements();
        sum += member.mean() * member.elements();
        squares += member.l2() * member.l2();
      }
    }
    double mean = sum / counted;
    double variance = Math.max(0, squares / counted - mean * mean);
    return new ParameterGroup(
        name, members.size(), elements, sources, mean, Math.sqrt(variance), Math.sqrt(squares));
  }

  /**
   * At most so many modules of a name, without its last part: of depth 2, {@code
   * layer1.0.conv1.weight} is of {@code layer1.0}, {@code fc.bias} of {@code fc}.
   */
  private static String prefix(String name, int depth) {
    int end = -1;
    int parts = 0;
    for (int i = 1; i < name.length() && parts < depth; i++) {
      char c = name.charAt(i);
      if (c == '.' || c == '/' || c == ':') {
        end = i;
        parts++;
      }
    }
    return end < 0 ? name : name.substring(0, end);
  }
}
