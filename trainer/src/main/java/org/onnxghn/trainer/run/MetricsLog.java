package org.onnxghn.trainer.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.onnxghn.converter.TextFile;

/**
 * {@code metrics.jsonl}: a JSON object on each line (shared/JSON.md), with a field {@code step}.
 * Numbers that are not finite become null.
 */
public final class MetricsLog implements AutoCloseable {
  /** Its name in the run folder. */
  public static final String FILE = "metrics.jsonl";

  private static final ObjectMapper JSON = new ObjectMapper();
  private final BufferedWriter writer;
  private final Path path;

  private MetricsLog(Path path, BufferedWriter writer) {
    this.path = path;
    this.writer = writer;
  }

  /**
   * Opens the log of a folder to append.
   *
   * @param lastStep lines of later steps are cut off: a resumed run writes them again
   */
  public static MetricsLog open(RunFolder folder, long lastStep) {
    Path path = folder.file(FILE);
    try {
      if (Files.exists(path)) {
        List<String> kept = new ArrayList<>();
        for (JsonNode line : read(path)) {
          if (line.path("step").asLong() <= lastStep) {
            kept.add(line.toString());
          }
        }
        TextFile.write(path, kept.isEmpty() ? "" : String.join("\n", kept) + "\n");
      }
      return new MetricsLog(
          path,
          Files.newBufferedWriter(
              path, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
    } catch (IOException e) {
      throw failed(path, e);
    }
  }

  /** The lines of a log; an unfinished last line, as a killed run leaves it, is left out. */
  public static List<JsonNode> read(Path path) {
    List<JsonNode> lines = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(path, StandardCharsets.UTF_8)) {
        JsonNode node = parse(line);
        if (node != null && node.isObject()) {
          lines.add(node);
        }
      }
    } catch (IOException e) {
      throw failed(path, e);
    }
    return lines;
  }

  private static JsonNode parse(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  /** Adds a line. */
  public void append(Map<String, ?> fields) {
    ObjectNode line = JSON.createObjectNode();
    fields.forEach(
        (name, value) -> {
          if (value instanceof Double number && !Double.isFinite(number)) {
            line.putNull(name);
          } else {
            line.putPOJO(name, value);
          }
        });
    try {
      writer.write(JSON.writeValueAsString(line));
      writer.write('\n');
      writer.flush();
    } catch (IOException e) {
      throw failed(path, e);
    }
  }

  private static RunException failed(Path path, IOException e) {
    return new RunException(
        RunException.FILE,
        path + " cannot be read or written: " + e.getMessage(),
        "Check that the folder exists, may be written to, and has space.",
        e);
  }

  @Override
  public void close() {
    try {
      writer.close();
    } catch (IOException e) {
      throw failed(path, e);
    }
  }
}
