package org.onnxghn.ghn;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.onnxghn.SharedData;

/** The first table of {@code golden/reference_timings.md}. */
final class ReferenceTimings {
  private static final int COLUMNS = 9;

  private ReferenceTimings() {}

  /** What one prediction took, as printed there. */
  record Row(String wall, String cpu, String peak) {}

  static String key(String preset, String network) {
    return preset.replace("ghn3-", "").toUpperCase(Locale.ROOT) + " " + network;
  }

  static Map<String, Row> read() {
    Map<String, Row> rows = new HashMap<>();
    try {
      for (String line : Files.readAllLines(SharedData.path("golden/reference_timings.md"))) {
        String[] cells = line.split("\\|");
        if (cells.length == COLUMNS + 1) {
          String wall = cells[6].strip().split(" ")[0];
          rows.put(
              cells[1].strip() + " " + cells[2].strip(),
              new Row(wall, cells[7].strip(), cells[8].strip()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return rows;
  }
}
