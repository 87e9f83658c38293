package org.onnxghn.trainer.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A checked-in list of what passes, and of what does not with the reason: a line for each, {@code
 * pass} or {@code skip: reason} after a tab.
 *
 * <p>What passes and is not listed so, and what fails and is listed, both fail the test. {@code
 * -DwritePassLists=true} writes what was found to {@code target}, keeping the reasons that are
 * there.
 */
final class PassList {
  private final String file;
  private final Map<String, String> listed = new LinkedHashMap<>();
  private final List<String> changes = new ArrayList<>();
  private final List<String> lines = new ArrayList<>();

  PassList(String file) throws IOException {
    this.file = file;
    try (InputStream in = PassList.class.getResourceAsStream(file)) {
      if (in != null) {
        for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
          String[] cells = line.split("\t");
          listed.put(cells[0], cells[1]);
        }
      }
    }
  }

  /** Notes what came of a test: {@code pass}, or {@code skip: } and what happened. */
  void found(String name, String outcome) {
    String expected = listed.remove(name);
    boolean passes = outcome.equals("pass");
    if (passes != "pass".equals(expected)) {
      changes.add(name + ": " + outcome + ", listed as: " + expected);
    }
    lines.add(name + "\t" + (passes || expected == null ? outcome : expected));
  }

  /** Fails where the list and what was found differ. */
  void check() throws IOException {
    if (Boolean.getBoolean("writePassLists")) {
      Files.write(Path.of("target", file), lines);
    }
    assertThat(changes).as("edit " + file + " where this is meant").isEmpty();
    assertThat(listed.keySet()).as("listed in " + file + ", and not there").isEmpty();
  }

  static String reason(Throwable e) {
    if (e instanceof ExecutorException refused && !refused.unsupported().isEmpty()) {
      UnsupportedOperator first = refused.unsupported().get(0);
      return "skip: " + first.operator() + ": " + first.reason();
    }
    return "skip: " + String.valueOf(e.getMessage()).replaceAll("\\s+", " ").trim();
  }
}
