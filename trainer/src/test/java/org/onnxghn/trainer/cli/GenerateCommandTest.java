package org.onnxghn.trainer.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.graph.ComputationalGraph;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.trainer.CommandRun;

class GenerateCommandTest {
  @TempDir private Path folder;

  private Path file(Path in, JsonNode network) {
    return in.resolve(network.path("name").asText() + ".onnx");
  }

  @Test
  void writesNetworksAndTheirStatistics() {
    Path nets = folder.resolve("a/b");
    JsonNode report =
        CommandRun.of("generate", "--split", "deep", "--count", "3", "-o", nets, "--json").json();
    assertThat(report.path("split").asText()).isEqualTo("deep");
    JsonNode networks = report.path("networks");
    assertThat(networks).hasSize(3);
    double nodes = 0;
    for (JsonNode network : networks) {
      ComputationalGraph graph =
          GraphImporter.importGraph(OnnxModel.read(file(nets, network))).graph();
      assertThat(network.path("nodes").asInt()).isEqualTo(graph.size());
      assertThat(network.path("edges").asInt()).isEqualTo(graph.edges());
      assertThat(network.path("degree").asDouble())
          .isCloseTo(2.0 * graph.edges() / graph.size(), within(1e-9));
      assertThat(network.path("pathLength").asDouble()).isGreaterThan(1);
      assertThat(network.path("parameters").asLong()).isPositive();
      nodes += graph.size() / 3.0;
    }
    assertThat(report.path("summary").path("nodes").path("mean").asDouble())
        .isCloseTo(nodes, within(1e-9));
    assertThat(report.path("summary").path("pathLength").path("std").asDouble()).isNotNegative();
    assertThat(report.path("reference").path("summary").path("nodes").path("mean").asDouble())
        .isEqualTo(391.2);
  }

  @Test
  void theReferencesFiguresStandBesideOurs() {
    assertThat(generate("--split", "test").out())
        .containsPattern("nodes +[0-9.]+ ± 0.00 +\\(185.5 ± 91.2\\)")
        .containsPattern("parameters +[0-9,.]+ ± 0.00\n")
        .contains("500 networks that the reference drew", "ppuda");
    for (List<String> others :
        List.of(
            List.of("--split", "search"),
            List.of("--space", "small"),
            List.of("--variant", "imagenet"))) {
      assertThat(generate(others.toArray()).out()).doesNotContain("reference");
    }
    assertThat(generate("--split", "search", "--json").json().path("reference").isNull()).isTrue();
  }

  private CommandRun generate(Object... arguments) {
    List<Object> all = new ArrayList<>(List.of("generate", "--count", "1", "-o", folder));
    all.addAll(List.of(arguments));
    return CommandRun.of(all);
  }

  @Test
  void theSameSeedGivesTheSameFiles() throws Exception {
    for (String in : List.of("one", "two")) {
      CommandRun run =
          CommandRun.of("generate", "--space", "small", "--count", "2", "-o", folder.resolve(in));
      assertThat(run.code()).as(run.err()).isZero();
      assertThat(run.out()).contains("wrote 2 networks of test").contains("pathLength");
    }
    JsonNode other =
        CommandRun.of(
                "generate",
                "--space",
                "small",
                "--count",
                "2",
                "--seed",
                "2",
                "-o",
                folder.resolve("three"),
                "--json")
            .json();
    try (var files = Files.list(folder.resolve("one"))) {
      List<Path> ones = files.sorted().toList();
      assertThat(ones).hasSize(2);
      for (Path one : ones) {
        assertThat(folder.resolve("two").resolve(one.getFileName())).hasSameBinaryContentAs(one);
      }
      assertThat(file(folder.resolve("three"), other.path("networks").get(0)))
          .exists()
          .satisfies(three -> assertThat(Files.mismatch(three, ones.get(0))).isNotNegative());
    }
  }

  @Test
  void imageNetVariantsAndOtherClasses() {
    JsonNode report =
        CommandRun.of(
                "generate",
                "--variant",
                "imagenet",
                "--space",
                "small",
                "--count",
                "1",
                "--classes",
                "200",
                "-o",
                folder,
                "--json")
            .json();
    OnnxModel model = OnnxModel.read(file(folder, report.path("networks").get(0)));
    assertThat(model.proto().getGraph().getOutput(0).toString()).contains("200");
    assertThat(model.proto().getGraph().getInput(0).toString()).contains("224");
  }

  @Test
  void wrongUsage() throws Exception {
    CommandRun.of("generate", "--count", "3").assertRefused("--output");
    CommandRun.of("generate", "--count", "0", "-o", folder).assertRefused("--count");
    CommandRun.of("generate", "--split", "nothing", "-o", folder).assertRefused("--split");
    Path file = Files.writeString(folder.resolve("file"), "taken");
    CommandRun.of("generate", "--count", "1", "-o", file).assertRefused("OG-514");
    assertThat(CommandRun.of("help", "generate").out()).contains("--split", "--space", "Examples:");
  }
}
