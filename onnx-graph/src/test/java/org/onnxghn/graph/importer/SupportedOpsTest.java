package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SupportedOpsTest {
  /** Surefire sets basedir to the module's folder. */
  private static final Path PAGE =
      Path.of(System.getProperty("basedir", "."), "SUPPORTED_OPS.md").toAbsolutePath();

  @Test
  void thePageIsThatOfTheTable() throws IOException {
    if (Boolean.getBoolean("writeSupportedOps")) {
      Files.writeString(PAGE, SupportedOps.markdown());
    }
    assertThat(PAGE).as("regenerate with: " + SupportedOps.REGENERATE).exists();
    assertThat(Files.readString(PAGE))
        .as("SUPPORTED_OPS.md is stale; regenerate with: " + SupportedOps.REGENERATE)
        .isEqualTo(SupportedOps.markdown());
  }
}
