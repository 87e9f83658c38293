package org.onnxghn.converter.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.onnxghn.converter.Models.floats;
import static org.onnxghn.converter.Models.model;
import static org.onnxghn.converter.Models.node;
import static org.onnxghn.converter.Models.value;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.SharedData;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.proto.GraphProto;

/** {@code check} on all models that we have, whole, small and hostile, in one run each. */
class CheckSharedModelsTest {
  @TempDir private Path folder;

  private static List<String> keys(JsonNode object) {
    List<String> keys = new ArrayList<>();
    object.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  @Test
  void everyModelGetsAVerdictAndTheDocumentedFields() throws IOException {
    Path models = SharedData.path("models");
    Run run = Run.of("check", models, "--json");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).isEmpty();
    JsonNode json = run.json();
    assertThat(keys(json))
        .containsSubsequence("tool", "version", "command", "formatVersion", "models", "findings")
        .contains("summary");
    assertThat(json.path("command").asText()).isEqualTo("check");
    long files;
    try (Stream<Path> all = Files.walk(models)) {
      files = all.filter(file -> file.toString().endsWith(".onnx")).count();
    }
    assertThat(json.path("models")).hasSize((int) files);
    int findings = 0;
    for (JsonNode model : json.path("models")) {
      assertThat(keys(model)).contains("path", "verdict", "coverage", "findings", "advice");
      assertThat(model.path("verdict").asText()).isIn("full", "partial", "none", "refused");
      findings += model.path("findings").size();
      assertThat(codes(model)).as(model.path("path").asText()).doesNotContain("OG-419");
    }
    assertThat(json.path("findings")).hasSize(findings);
    String last = "";
    for (JsonNode finding : json.path("findings")) {
      assertThat(keys(finding))
          .contains("code", "severity", "message", "node", "opType", "domain", "tensor")
          .contains("elements", "fix");
      assertThat(finding.path("code").asText()).matches("OG-\\d{3}");
      assertThat(finding.path("severity").asText()).isIn("error", "warning", "note");
      assertThat(finding.path("fix").asText()).isNotBlank();
      String op =
          finding.path("opType").isNull()
              ? ""
              : finding.path("domain").asText() + "::" + finding.path("opType").asText();
      assertThat(op).as("grouped by operator").isGreaterThanOrEqualTo(last);
      last = op;
    }
    JsonNode summary = json.path("summary");
    assertThat(summary.path("models").asInt()).isEqualTo((int) files);
    int sum = 0;
    for (String verdict : List.of("full", "partial", "none", "refused")) {
      sum += summary.path(verdict).asInt();
    }
    assertThat(sum).isEqualTo((int) files);
    assertThat(summary.path("byOp").path("ai.onnx::LSTM").path("models").asInt()).isPositive();
    assertThat(summary.path("byOp").path("ai.onnx::LSTM").path("nodes").asInt()).isPositive();
  }

  /** Refusals that a loader owes, but that need a link which a plain copy does not have. */
  private static final Set<String> NEEDS_A_LINK = Set.of("ext_symlink_dir/model.onnx");

  /** Where the manifest lets an opaque operator with a warning pass. */
  private static final Set<String> MAY_WARN = Set.of("custom_domain_op.onnx", "opset_999.onnx");

  @Test
  void hostileModelsAreRefusedOrAcceptedAsTheManifestSays() throws IOException {
    Path hostile = SharedData.path("hostile");
    Run run = Run.of("check", hostile, "--json");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).isEmpty();
    Map<String, JsonNode> results = new HashMap<>();
    for (JsonNode model : run.json().path("models")) {
      Path path = Path.of(model.path("path").asText()).toAbsolutePath();
      results.put(hostile.toRealPath().relativize(path.toRealPath()).toString(), model);
    }
    for (String line :
        Files.readAllLines(hostile.resolve("MANIFEST.tsv")).stream().skip(1).toList()) {
      String[] cells = line.split("\t");
      JsonNode model = results.get(cells[0]);
      if (cells[0].endsWith(".gz") || NEEDS_A_LINK.contains(cells[0])) {
        continue;
      }
      assertThat(model).as(cells[0]).isNotNull();
      boolean refused = model.path("verdict").asText().equals("refused");
      assertThat(codes(model)).as(cells[0]).doesNotContain("OG-419");
      if (cells[1].equals("accept")) {
        assertThat(refused).as(cells[0]).isFalse();
      } else if (cells[1].equals("clear error") && MAY_WARN.contains(cells[0])) {
        assertThat(model.path("findings")).as(cells[0]).isNotEmpty();
      } else if (cells[1].equals("clear error")) {
        assertThat(refused).as(cells[0]).isTrue();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"text", "sarif", "junit", "markdown"})
  void everyFormatSurvivesHostileNames(String format) {
    Run run = Run.of("check", SharedData.path("hostile"), "--format", format);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).isNotBlank().doesNotContain("\u001b");
    if (!format.equals("sarif")) {
      assertThat(run.out()).doesNotContain("<script");
    }
  }

  @Test
  void aMillionNodesTakeSecondsAndMemoryInProportion() throws IOException {
    Path chain = folder.resolve("chain.onnx");
    try (InputStream stream = SharedData.open("hostile/chain_1e6_relu.onnx.gz")) {
      Files.copy(stream, chain);
    }
    long start = System.nanoTime();
    Run run = Run.of("check", chain);
    assertThat((System.nanoTime() - start) / 1e9).as("seconds; some 2 alone").isLessThan(600);
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("OG-255");
  }

  @Test
  void aHundredMegabytesTakeNoTimeToSpeakOf() throws IOException {
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInput(value("x", ElementType.FLOAT, -1, 5000))
            .addInitializer(floats("w", null, 5000, 5000))
            .addNode(node("MatMul", "y", "x", "w"))
            .addOutput(value("y", ElementType.FLOAT, -1, 5000));
    Path model = folder.resolve("big.onnx");
    try (OutputStream out = Files.newOutputStream(model)) {
      model(graph).writeTo(out);
    }
    long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    Run run = Run.of("check", model);
    double seconds = (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start) / 1e9;
    assertThat(run.code()).isZero();
    assertThat(seconds).as("seconds of CPU; some 0.1 alone").isLessThan(2);
  }

  @Test
  void coverageIsWhatConvertReports() throws IOException {
    Path checkpoint = folder.resolve("small.safetensors");
    Run imported =
        Run.of(
            "checkpoint",
            "import",
            SharedData.path("golden/checkpoints/ghn3_small.public.joblib.pt"),
            "-o",
            checkpoint);
    assertThat(imported.code()).as(imported.err()).isZero();
    for (String network :
        List.of(
            "golden/onnx/vit_b_16.nc10.opset17.onnx.gz", "torchvision/resnet18.opset13.onnx.gz")) {
      Path model = folder.resolve("model.onnx");
      try (InputStream stream = SharedData.open(network)) {
        Files.copy(stream, model, StandardCopyOption.REPLACE_EXISTING);
      }
      JsonNode check = Run.of("check", model, "--checkpoint", checkpoint, "--json").json();
      JsonNode convert =
          Run.of(
                  "convert",
                  model,
                  "-o",
                  folder.resolve("out.onnx"),
                  "--checkpoint",
                  checkpoint,
                  "--no-verify",
                  "--json")
              .json();
      assertThat(check.path("models").path(0).path("coverage"))
          .as(network)
          .isEqualTo(convert.path("coverage"));
    }
  }

  private static List<String> codes(JsonNode model) {
    List<String> codes = new ArrayList<>();
    model.path("findings").forEach(finding -> codes.add(finding.path("code").asText()));
    return codes;
  }
}
