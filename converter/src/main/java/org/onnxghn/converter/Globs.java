package org.onnxghn.converter;

import java.util.List;

/** Patterns on names, in which {@code *} matches anything, dots and slashes too. */
public record Globs(List<String> patterns) {
  /** Copies the patterns. */
  public Globs {
    patterns = List.copyOf(patterns);
  }

  /** Whether any pattern matches all of the name. */
  public boolean match(String name) {
    return patterns.stream().anyMatch(pattern -> matches(pattern, name));
  }

  /** The patterns that match none of the names. */
  public List<String> unmatched(List<String> names) {
    return patterns.stream()
        .filter(pattern -> names.stream().noneMatch(name -> matches(pattern, name)))
        .toList();
  }

  /** Greedy with one point to return to: no regular expression, whose time could explode. */
  private static boolean matches(String pattern, String name) {
    int at = 0;
    int star = -1;
    int resume = 0;
    int in = 0;
    while (in < name.length()) {
      if (at < pattern.length() && pattern.charAt(at) == '*') {
        star = at++;
        resume = in;
      } else if (at < pattern.length() && pattern.charAt(at) == name.charAt(in)) {
        at++;
        in++;
      } else if (star >= 0) {
        at = star + 1;
        in = ++resume;
      } else {
        return false;
      }
    }
    while (at < pattern.length() && pattern.charAt(at) == '*') {
      at++;
    }
    return at == pattern.length();
  }
}
