package org.onnxghn.samples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.ghn.checkpoint.Checkpoint;
import org.onnxghn.ghn.checkpoint.CheckpointSource;

class WriteModelCardTest {
  @TempDir private Path folder;

  @Test
  void tablesComeFromTheJson() throws IOException {
    Files.writeString(
        folder.resolve("time.json"),
        """
        {"protocol": "time", "networks": [{"name": "net", "nodes": 1200, "parameters": 34567,
         "importSeconds": 0.25, "predictSeconds": 1.5}], "summary": {}}
        """);
    String card =
        """
        before
        <!-- evaluation time -->
        old
        <!-- end -->
        between
        <!-- evaluation zero-shot-test -->
        <!-- end -->
        after
        """;
    String filled = WriteModelCard.filled(card, folder);
    assertThat(filled)
        .contains("before\n", "| net | 1,200 | 34,567 | 0.250 | 1.500 |", "between\n", "after\n")
        .contains("Not measured yet.")
        .doesNotContain("old");
    assertThat(WriteModelCard.filled(filled, folder)).isEqualTo(filled);
  }

  /** The numbers of the card are those of the JSON files and of the embedded checkpoint. */
  @Test
  void theCardIsUpToDate() throws IOException {
    Path ghn = Path.of("..", "ghn");
    String card = Files.readString(ghn.resolve("CHECKPOINT.md"));
    assertThat(WriteModelCard.filled(card, ghn.resolve("evaluation")))
        .as("run WriteModelCard: see the end of ghn/CHECKPOINT.md")
        .isEqualTo(card);
    requireEvidenceOfTheEmbeddedCheckpoint(ghn.resolve("evaluation"));
  }

  private static void requireEvidenceOfTheEmbeddedCheckpoint(Path evaluations) throws IOException {
    String embedded;
    try (Checkpoint checkpoint = CheckpointSource.EMBEDDED.open()) {
      embedded = checkpoint.sha256();
    }
    try (Stream<Path> files = Files.list(evaluations)) {
      assertThat(files.filter(file -> file.toString().endsWith(".json")))
          .isNotEmpty()
          .allSatisfy(
              file ->
                  assertThat(sha256(file))
                      .as("evaluate again: %s is of another checkpoint", file)
                      .isEqualTo(embedded));
    }
  }

  private static String sha256(Path evaluation) throws IOException {
    JsonNode report = new ObjectMapper().readTree(evaluation.toFile());
    return report.path("checkpoint").path("sha256").asText();
  }
}
