package org.onnxghn.trainer.deepnets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.onnxghn.converter.Conversion;
import org.onnxghn.converter.ConversionOptions;
import org.onnxghn.converter.report.ConversionReport;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.StoredTensor;
import org.onnxghn.onnx.WriteOptions;
import org.onnxghn.trainer.deepnets.Genotype.Edge;
import org.onnxghn.trainer.exec.Program;

class DeepNetsTest {
  @TempDir private Path folder;

  @Test
  void theSameIndexIsTheSameNetwork() {
    DeepNets first = DeepNets.of(Split.TRAIN, Variant.CIFAR, Space.FULL, 1, 10);
    DeepNets second = DeepNets.of(Split.TRAIN, Variant.CIFAR, Space.FULL, 1, 10);
    second.get(5);
    assertThat(second.get(3).model().toProto()).isEqualTo(first.get(3).model().toProto());
    DeepNets other = DeepNets.of(Split.TEST, Variant.CIFAR, Space.FULL, 1, 10);
    assertThat(other.get(3).model().toProto()).isNotEqualTo(first.get(3).model().toProto());
  }

  /** A head that sees all pixels counts for as many with both kinds of images. */
  @Test
  void bothVariantsOfAnIndexAreOneNetwork() {
    for (long index : new long[] {0, 37, 161, 195}) {
      Architecture cifar = DeepNets.of(Split.TEST, Variant.CIFAR, Space.FULL, 1, 10).get(index);
      Architecture imagenet =
          DeepNets.of(Split.TEST, Variant.IMAGENET, Space.FULL, 1, 10).get(index);
      for (String property : List.of("cells", "steps", "norm", "transformer")) {
        assertThat(cifar.properties().get(property))
            .as(index + " " + property)
            .isEqualTo(imagenet.properties().get(property));
      }
    }
  }

  @Test
  void networksDifferAndKeepTheirLimits() {
    Set<String> seen = new HashSet<>();
    int transformers = 0;
    int without = 0;
    int count = 200;
    DeepNets networks = DeepNets.of(Split.TRAIN, Variant.CIFAR, Space.SMALL, 1, 10);
    for (int i = 0; i < count; i++) {
      Map<String, String> properties = networks.get(i).properties();
      seen.add(properties.toString());
      assertThat(Integer.parseInt(properties.get("cells"))).isBetween(3, 8);
      // 300,000 at a width of 16; width 24 has a little over twice as many.
      assertThat(Integer.parseInt(properties.get("parameters"))).isLessThan(700_000);
      transformers += Boolean.parseBoolean(properties.get("transformer")) ? 1 : 0;
      without += properties.get("norm").equals("none") ? 1 : 0;
    }
    assertThat(seen.size()).isGreaterThan(count * 9 / 10);
    assertThat(transformers).isBetween(count / 10, count / 2);
    assertThat(without).isBetween(count / 50, count / 3);
    DeepNets bnfree = DeepNets.of(Split.BNFREE, Variant.CIFAR, Space.SMALL, 1, 10);
    assertThat(bnfree.get(0).properties()).containsEntry("norm", "none");
  }

  @ParameterizedTest
  @EnumSource(Split.class)
  void onnxRuntimeRunsThemAndTheExecutorAgrees(Split split) throws Exception {
    for (Space space : Space.values()) {
      for (int i = 0; i < 2; i++) {
        check(DeepNets.of(split, Variant.CIFAR, space, 1, 10).get(i), 32);
      }
    }
    if (split == Split.TRAIN || split == Split.BNFREE) {
      check(DeepNets.of(split, Variant.IMAGENET, Space.SMALL, 1, 10).get(0), 224);
    }
  }

  /** Networks at random; {@code -Donnxghn.deepnets=200} takes so many of each split. */
  @ParameterizedTest
  @EnumSource(Split.class)
  void onnxRuntimeRunsASampleOfEachSplit(Split split) throws Exception {
    Random random = new Random(split.ordinal());
    for (int i = 0; i < Integer.getInteger("onnxghn.deepnets", 2); i++) {
      DeepNets networks = DeepNets.of(split, Variant.CIFAR, Space.FULL, random.nextInt(1000), 10);
      Architecture architecture = networks.get(random.nextInt(1_000_000));
      Path file = folder.resolve("sample.onnx");
      Path initialised = folder.resolve("sample.init.onnx");
      architecture.model().write(file, WriteOptions.DEFAULT);
      ConversionReport report =
          Conversion.convert(
              file, initialised, ConversionOptions.builder().checkpoint(null).build());
      assertThat(report.verification().passed()).as(architecture.name()).isTrue();
      Files.delete(initialised);
    }
  }

  /** A reduction that gives nothing: the next cell has its older input only, the one after none. */
  @Test
  void cellsGoOnWithoutWhatAnEmptyCellDoesNotGive() throws Exception {
    Genotype genotype =
        new Genotype(
            List.of(
                new Edge(CellOperation.CONV_3X3, 0),
                new Edge(CellOperation.SKIP_CONNECT, 1),
                new Edge(CellOperation.NONE, 0),
                new Edge(CellOperation.SEP_CONV_3X3, 2)),
            List.of(
                new Edge(CellOperation.NONE, 0),
                new Edge(CellOperation.NONE, 1),
                new Edge(CellOperation.MAX_POOL_3X3, 2),
                new Edge(CellOperation.NONE, 0)),
            List.of(3));
    for (int stem = 0; stem < 2; stem++) {
      NetworkOptions options =
          new NetworkOptions(8, 6, 2, stem, 3, 1, false, true, true, true, 1, 0);
      Architecture network = DeepNets.network("empty" + stem, genotype, options, Variant.CIFAR, 10);
      check(network, 32);
      assertThat(network.model().tensors().stream().map(StoredTensor::name))
          .contains("cells.3.preprocess0.conv_1.weight", "cells.5.preprocess0.conv_1.weight")
          .noneMatch(name -> name.matches("cells\\.([24]\\.|[35].preprocess1).*"));
    }
  }

  @Test
  void aNetworkWhoseLastCellIsEmptyIsNone() {
    List<Edge> onlyNewer =
        List.of(new Edge(CellOperation.NONE, 0), new Edge(CellOperation.CONV_3X3, 1));
    List<Edge> empty = List.of(new Edge(CellOperation.NONE, 0), new Edge(CellOperation.NONE, 1));
    Genotype genotype = new Genotype(onlyNewer, empty, List.of(2));
    NetworkOptions options = new NetworkOptions(8, 6, 1, 0, 3, 1, false, true, true, true, 1, 0);
    assertThatThrownBy(() -> DeepNets.network("none", genotype, options, Variant.CIFAR, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no output");
  }

  /** Number 19 would have 17 million parameters; number 37 has a head without an average. */
  @Test
  void theLimitHoldsForImageNetTooAndForTenClasses() {
    DeepNets ten = DeepNets.of(Split.TEST, Variant.IMAGENET, Space.FULL, 1, 10);
    DeepNets thousand = DeepNets.of(Split.TEST, Variant.IMAGENET, Space.FULL, 1, 1000);
    assertThat(Long.parseLong(ten.get(19).properties().get("parameters"))).isLessThan(10_000_000);
    for (int i : new int[] {19, 37}) {
      Map<String, String> properties = new HashMap<>(ten.get(i).properties());
      properties.put("parameters", thousand.get(i).properties().get("parameters"));
      assertThat(thousand.get(i).properties()).isEqualTo(properties);
    }
  }

  /** The classifier alone has more of them than a small network may have. */
  @Test
  void aSpaceThatHasNoNetworkForSoManyClassesSaysSo() {
    DeepNets networks = DeepNets.of(Split.TRAIN, Variant.CIFAR, Space.SMALL, 1, 20_000);
    assertThatThrownBy(() -> networks.get(0))
        .isInstanceOfSatisfying(
            ArchitectureException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ArchitectureException.NONE);
              assertThat(e.fix()).contains("fewer classes");
            })
        .hasMessageContaining("deepnets-small-cifar-train with 20000 classes");
  }

  /** Results of the embedded checkpoint are of these lists. */
  @ParameterizedTest
  @CsvSource({
    "TEST,bd501cfbe1e595ac02208cf3ef73e63252337b8dd6d4e4360e503db26680ab51",
    "VAL,9366a9704882fcf909a1585dd764291ba6715905d474994ace0519d1ad9b1153"
  })
  void theSmallListsStayAsTheyAre(Split split, String expected) throws Exception {
    DeepNets networks = DeepNets.of(split, Variant.CIFAR, Space.SMALL, 1, 10);
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (int i = 0; i < 100; i++) {
      digest.update(networks.get(i).model().toProto().toByteArray());
    }
    assertThat(HexFormat.of().formatHex(digest.digest())).isEqualTo(expected);
  }

  private void check(Architecture architecture, int size) throws Exception {
    ImportedGraph imported = GraphImporter.importGraph(architecture.model());
    assertThat(imported.findings()).as(architecture.name()).isEmpty();
    Path file = folder.resolve(architecture.name() + ".onnx");
    Path initialised = folder.resolve(architecture.name() + ".init.onnx");
    architecture.model().write(file, WriteOptions.DEFAULT);
    Conversion.convert(
        file, initialised, ConversionOptions.builder().checkpoint(null).verify(false).build());
    float[] images = new float[2 * 3 * size * size];
    Random random = new Random(1);
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) random.nextGaussian();
    }
    float[] expected = onnxRuntime(initialised, images, size);
    float largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    try (Program program = Program.compile(OnnxModel.read(initialised));
        NDManager manager = NDManager.newBaseManager()) {
      NDArray input = manager.create(images, new Shape(2, 3, size, size));
      float[] actual =
          program
              .run(Map.of("input", input), Map.of(), Program.Mode.INFERENCE)
              .output()
              .toFloatArray();
      assertThat(actual)
          .as(architecture.name())
          .containsExactly(expected, within(1e-4f * Math.max(1, largest)));
    }
  }

  private static float[] onnxRuntime(Path file, float[] images, int size) throws Exception {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(file.toString());
        OnnxTensor input =
            OnnxTensor.createTensor(
                environment, FloatBuffer.wrap(images), new long[] {2, 3, size, size});
        OrtSession.Result result = session.run(Map.of("input", input))) {
      FloatBuffer buffer = ((OnnxTensor) result.get(0)).getFloatBuffer();
      float[] output = new float[buffer.remaining()];
      buffer.get(output);
      return output;
    }
  }
}
