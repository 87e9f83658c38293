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
  /**
   * The file that the evidence was printed of. The embedded one has the same weights, and metadata
   * that name two more lists of networks which it was trained with.
   */
  private static final String EVALUATED =
      "2cbeb3ee8aa587bb7d77c6c14bfbfed32923fc08fe8dbed208fbf472b803d96c";

  private static final String EVALUATED_WEIGHTS =
      "950d0c24abef6cff86918ad802792227f07a5372a2433415c09c9a213592d0ed";

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
    try (Checkpoint checkpoint = CheckpointSource.EMBEDDED.open()) {
      assertThat(checkpoint.weightsSha256()).isEqualTo(EVALUATED_WEIGHTS);
    }
    try (Stream<Path> files = Files.list(evaluations)) {
      assertThat(files.filter(file -> file.toString().endsWith(".json")))
          .isNotEmpty()
          .allSatisfy(
              file ->
                  assertThat(sha256(file))
                      .as("evaluate again: %s is of another checkpoint", file)
                      .isEqualTo(EVALUATED));
    }
  }

  /** The seeds of its runs' DeepNets (CHECKPOINT.md): evaluations with them are refused. */
  @Test
  void theEmbeddedCheckpointNamesAllListsThatItWasTrainedWith() {
    try (Checkpoint checkpoint = CheckpointSource.EMBEDDED.open()) {
      assertThat(checkpoint.provenance().get("training.architectures").split(","))
          .contains(
              "deepnets-small-cifar-train-1",
              "deepnets-small-cifar-train-2",
              "deepnets-small-cifar-train-3",
              "deepnets-small-cifar-train-4");
    }
  }

  private static String sha256(Path evaluation) throws IOException {
    JsonNode report = new ObjectMapper().readTree(evaluation.toFile());
    return report.path("checkpoint").path("sha256").asText();
  }
}
