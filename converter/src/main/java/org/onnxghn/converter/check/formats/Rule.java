package org.onnxghn.converter.check.formats;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a code means, from {@code rules.tsv} beside this class.
 *
 * @param code such as {@code OG-251}
 * @param name in one word
 * @param description in one sentence
 */
record Rule(String code, String name, String description) {
  private static final Map<String, Rule> ALL = read();

  /** The rule of a code; a bare one for a code that the table does not have. */
  static Rule of(String code) {
    return ALL.getOrDefault(code, new Rule(code, code.replace("-", ""), "See the message."));
  }

  /** Every code of the table. */
  static Map<String, Rule> all() {
    return ALL;
  }

  private static Map<String, Rule> read() {
    Map<String, Rule> rules = new LinkedHashMap<>();
    try (InputStream in = Rule.class.getResourceAsStream("rules.tsv");
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      lines
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split("\t"))
          .forEach(cells -> rules.put(cells[0], new Rule(cells[0], cells[1], cells[2])));
      return rules;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
