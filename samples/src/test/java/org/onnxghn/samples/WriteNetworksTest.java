package org.onnxghn.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.graph.GraphNode;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Primitive;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.WriteOptions;

/** The sample networks are what their papers say, and all of onnx-ghn takes them. */
class WriteNetworksTest {
  /** Published parameter counts, trainable ones. */
  private static final Map<String, Long> PARAMETERS =
      Map.of(
          "resnet20", 269_722L,
          "resnet32", 464_154L,
          "resnet56", 853_018L,
          "vgg11-bn", 9_231_114L,
          "densenet40", 1_019_722L,
          // torchvision's, with 10 classes.
          "mobilenetv2", 2_236_682L,
          "shufflenetv2", 352_042L,
          "squeezenet", 727_626L);

  /** What the importer must recognise besides convolutions. */
  private static final Map<String, Set<Primitive>> PRIMITIVES =
      Map.of(
          "resnet20", Set.of(Primitive.BN, Primitive.SUM, Primitive.GLOB_AVG),
          "resnext29", Set.of(Primitive.SEP_CONV, Primitive.SUM),
          "densenet40", Set.of(Primitive.CONCAT, Primitive.AVG_POOL),
          "squeezenet", Set.of(Primitive.CONCAT, Primitive.MAX_POOL, Primitive.GLOB_AVG),
          "shufflenetv2", Set.of(Primitive.CONCAT, Primitive.SEP_CONV),
          "efficientnet-small", Set.of(Primitive.CSE, Primitive.SEP_CONV, Primitive.SUM),
          "vit-small", Set.of(Primitive.MSA, Primitive.LN, Primitive.POS_ENC),
          "mlp-mixer", Set.of(Primitive.LN, Primitive.SUM),
          "convnext-pico", Set.of(Primitive.LN, Primitive.SEP_CONV, Primitive.SUM));

  @TempDir private Path folder;

  @TestFactory
  java.util.stream.Stream<DynamicTest> everyNetwork() {
    return WriteNetworks.all().keySet().stream()
        .map(name -> DynamicTest.dynamicTest(name, () -> check(name)));
  }

  @Test
  void theSampleModelIsWhatTheProgramWrites() {
    Path file = folder.resolve("resnet32.onnx");
    WriteNetworks.all().get("resnet32").apply(10).write(file, WriteOptions.DEFAULT);
    assertThat(Path.of("models", "resnet32.onnx")).hasSameBinaryContentAs(file);
  }

  private void check(String name) throws Exception {
    OnnxModel model = WriteNetworks.all().get(name).apply(10);
    ImportedGraph imported = GraphImporter.importGraph(model);
    long parameters = imported.trainableElements();
    if (PARAMETERS.containsKey(name)) {
      assertThat(parameters).isEqualTo(PARAMETERS.get(name));
    }
    assertThat(primitives(imported)).containsAll(PRIMITIVES.getOrDefault(name, Set.of()));
    SampleNetworks.check(model, folder);
  }

  private static Set<Primitive> primitives(ImportedGraph imported) {
    return imported.graph().nodes().stream().map(GraphNode::primitive).collect(Collectors.toSet());
  }
}
