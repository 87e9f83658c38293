package org.onnxghn.ghn.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.GhnConfig.Kind;
import org.onnxghn.onnx.ElementType;

class CheckpointSourceTest {
  private static final GhnConfig TINY =
      new GhnConfig(Kind.GHN3, 16, 1, 4, 16, 11, 10, true, true, true);
  private static final long MOST_BYTES = 16L << 20;

  @TempDir private Path folder;

  @Test
  void aResourceIsReadLikeAFileAndLeavesNothingBehind() throws IOException {
    Path file = folder.resolve("tiny.safetensors");
    Checkpoint.initialise(TINY, 7)
        .described("shipped", Map.of("license", "Apache-2.0"))
        .write(file, ElementType.FLOAT16);
    long before = temporaryFiles();
    try (Checkpoint fromFile = new CheckpointSource(file).open();
        Checkpoint embedded = CheckpointSource.open(file.toUri().toURL())) {
      assertThat(embedded.name()).isEqualTo("shipped");
      assertThat(embedded.provenance()).containsEntry("license", "Apache-2.0");
      assertThat(embedded.provenance()).containsEntry("seed", "7");
      assertThat(embedded.sha256()).isEqualTo(fromFile.sha256());
      assertThat(embedded.weightsSha256()).isEqualTo(fromFile.weightsSha256());
      String tensor = embedded.tensorNames().iterator().next();
      assertThat(embedded.type(tensor)).isEqualTo(ElementType.FLOAT16);
      assertThat(embedded.floats(tensor)).isEqualTo(fromFile.floats(tensor));
      assertThat(embedded.floats(tensor).get(0))
          .isCloseTo(Checkpoint.initialise(TINY, 7).floats(tensor).get(0), within(1e-2f));
    }
    assertThat(temporaryFiles()).isEqualTo(before);
  }

  private static long temporaryFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files.filter(file -> file.getFileName().toString().startsWith("onnx-ghn-")).count();
    }
  }

  @Test
  void aBuildWithoutOneSaysWhatToDo() {
    assertThatThrownBy(() -> CheckpointSource.open(null))
        .isInstanceOfSatisfying(
            CheckpointException.class,
            e -> {
              assertThat(e.code()).isEqualTo("OG-328");
              assertThat(e.fix()).contains("--checkpoint");
            })
        .hasMessageContaining("no embedded checkpoint");
  }

  /** What is committed is whole, small, stored in half precision, and says its licence. */
  @Test
  void theShippedCheckpointIsWhatTheModelCardSays() {
    assumeTrue(CheckpointSource.hasEmbedded(), "this build embeds no checkpoint");
    try (Checkpoint shipped = CheckpointSource.EMBEDDED.open()) {
      assertThat(shipped.config().numClasses()).isEqualTo(10);
      assertThat(shipped.tensorNames())
          .allSatisfy(name -> assertThat(shipped.type(name)).isEqualTo(ElementType.FLOAT16));
      assertThat(2 * shipped.parameterCount()).isLessThan(MOST_BYTES);
      assertThat(shipped.provenance()).containsKey("license");
      Path card = Path.of("CHECKPOINT.md");
      assertThat(card).content().contains(shipped.sha256());
    }
  }
}
