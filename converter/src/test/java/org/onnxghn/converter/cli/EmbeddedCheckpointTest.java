package org.onnxghn.converter.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.ghn.checkpoint.CheckpointSource;
import org.onnxghn.onnx.LayerBuilder;
import org.onnxghn.onnx.LayerBuilder.Window;
import org.onnxghn.onnx.NetworkBuilder;
import org.onnxghn.onnx.WriteOptions;

/** Commands without {@code --checkpoint}. */
class EmbeddedCheckpointTest {
  private static final int CLASSES = 10;

  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void model() {
    model = write("net", CLASSES);
  }

  private Path write(String name, int classes) {
    NetworkBuilder net = new NetworkBuilder(name, 17);
    LayerBuilder layers = new LayerBuilder(net);
    String x = net.input("input", "N", 3, 32, 32);
    x = layers.relu(layers.conv(x, "conv", 3, 8, Window.same(3, 1), true));
    x = layers.linear(layers.globalAverage(x), "fc", 8, classes);
    Path file = folder.resolve(name + ".onnx");
    net.output(x, "output", "N", classes).build().write(file, WriteOptions.DEFAULT);
    return file;
  }

  @Test
  void convertPredictsWithIt() {
    assumeTrue(CheckpointSource.hasEmbedded(), "this build embeds no checkpoint");
    Run run = Run.of("convert", model, "-o", folder.resolve("out.onnx"), "--json");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.json().path("coverage").path("fraction").asDouble()).isEqualTo(1);
    JsonNode info = Run.of("checkpoint", "info", "--json").json();
    assertThat(info.path("sha256")).isEqualTo(run.json().path("checkpoint").path("sha256"));
    assertThat(info.path("provenance").path("license").asText()).isNotBlank();
    String text = Run.of("checkpoint", "info").out();
    assertThat(text).contains("license", "SHA-256");
    assertThat(text.lines()).as("long values are shortened").allMatch(row -> row.length() < 600);
  }

  @Test
  void aHeadOfOtherClassesFallsBackAndIsReported() {
    assumeTrue(CheckpointSource.hasEmbedded(), "this build embeds no checkpoint");
    Path other = write("other", 7);
    Run run = Run.of("convert", other, "-o", folder.resolve("out.onnx"), "--json");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.json().path("coverage").path("fallback").asLong()).isEqualTo(8 * 7 + 7);
    assertThat(run.json().path("findings").findValuesAsText("code")).contains("OG-453");
  }

  @Test
  void aBuildWithoutOneRefusesAndWritesNothing() {
    assumeFalse(CheckpointSource.hasEmbedded(), "this build embeds a checkpoint");
    Path out = folder.resolve("out.onnx");
    for (Run run : new Run[] {Run.of("convert", model, "-o", out), Run.of("checkpoint", "info")}) {
      assertThat(run.code()).isEqualTo(2);
      assertThat(run.err()).contains("OG-328", "--checkpoint");
    }
    assertThat(out).doesNotExist();
    assertThat(Run.of("check", model).code()).isZero();
  }

  @Test
  void importGivesNameMetadataAndType() {
    Path random = folder.resolve("random.safetensors");
    Run.of("checkpoint", "init", "--preset", "ghn3-t", "--classes", "10", "-o", random);
    Path half = folder.resolve("half.safetensors");
    Run run =
        Run.of(
            "checkpoint",
            "import",
            random,
            "-o",
            half,
            "--dtype",
            "float16",
            "--name",
            "mine",
            "--metadata",
            "license=Apache-2.0",
            "--json");
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode info = Run.of("checkpoint", "info", half, "--json").json();
    assertThat(info.path("name").asText()).isEqualTo("mine");
    assertThat(info.path("provenance").path("license").asText()).isEqualTo("Apache-2.0");
    assertThat(info.path("provenance").path("seed").asText()).isEqualTo("0");
    assertThat(half.toFile().length()).isLessThan(random.toFile().length() * 51 / 100);
  }
}
