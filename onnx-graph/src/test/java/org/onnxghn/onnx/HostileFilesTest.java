package org.onnxghn.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedOutputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.onnxghn.SharedData;

/** Every file of shared/hostile is accepted or refused as its manifest says, quickly. */
class HostileFilesTest {
  /** A row of the manifest. */
  record Case(String file, String expected, String why) {
    @Override
    public String toString() {
      return file + " (" + expected + ")";
    }
  }

  /**
   * What the file's structure cannot tell: the manifest allows these as well, and says so in words
   * (the importer reports custom operators; the link is made by a test below).
   */
  private static final List<String> LATER =
      List.of("custom_domain_op.onnx", "ext_symlink_dir/model.onnx");

  private static final Map<String, String> CODES =
      Map.ofEntries(
          Map.entry("truncated_60pct.onnx", "OG-102"),
          Map.entry("truncated_last_byte.onnx", "OG-102"),
          Map.entry("random_4k.onnx", "OG-102"),
          Map.entry("text_not_onnx.onnx", "OG-102"),
          Map.entry("zip_renamed.onnx", "OG-102"),
          Map.entry("zero_length.onnx", "OG-102"),
          Map.entry("ext_traversal_relative.onnx", "OG-120"),
          Map.entry("ext_short/model.onnx", "OG-122"),
          Map.entry("dims_overflow_int64.onnx", "OG-106"),
          Map.entry("dims_negative.onnx", "OG-106"),
          Map.entry("dims_raw_too_short.onnx", "OG-107"),
          Map.entry("dims_many.onnx", "OG-103"),
          Map.entry("cycle_two_nodes.onnx", "OG-110"),
          Map.entry("dup_node_outputs.onnx", "OG-108"),
          Map.entry("dup_initializer_names.onnx", "OG-108"),
          Map.entry("undefined_input.onnx", "OG-109"),
          Map.entry("undefined_graph_output.onnx", "OG-109"),
          Map.entry("nested_if_500.onnx", "OG-102"),
          Map.entry("opset_999.onnx", "OG-105"),
          Map.entry("opset_negative.onnx", "OG-105"),
          Map.entry("empty_op_type.onnx", "OG-111"),
          Map.entry("empty_graph.onnx", "OG-104"),
          Map.entry("no_outputs.onnx", "OG-104"),
          Map.entry("attr_group_zero.onnx", "OG-112"),
          Map.entry("attr_strides_zero.onnx", "OG-112"),
          Map.entry("attr_wrong_type.onnx", "OG-112"),
          Map.entry("conv_weight_rank1.onnx", "OG-112"),
          Map.entry("too_few_inputs.onnx", "OG-112"),
          Map.entry("input_dim_int64max.onnx", "OG-106"),
          Map.entry("pb_length_2gb.onnx", "OG-102"));

  @TempDir static Path folder;

  static List<Case> cases() throws IOException {
    return Files.readAllLines(SharedData.path("hostile/MANIFEST.tsv")).stream()
        .skip(1)
        .map(line -> line.split("\t"))
        .map(cells -> new Case(cells[0], cells[1], cells[2]))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isTreatedAsTheManifestSays(Case row) {
    Path file = SharedModels.file("hostile/" + row.file(), folder);
    String code = Assertions.assertTimeoutPreemptively(Duration.ofSeconds(120), () -> codeOf(file));
    switch (row.expected()) {
      case "accept" -> assertThat(code).as(row.why()).isEqualTo("accepted");
      case "clear error" -> {
        if (!LATER.contains(row.file())) {
          assertThat(code).as(row.why()).isEqualTo(CODES.get(row.file()));
        }
      }
      default -> assertThat(code).as(row.why()).matches("accepted|OG-1\\d\\d");
    }
  }

  /** The code of the refusal; whatever else is thrown fails the test. */
  private static String codeOf(Path file) {
    try {
      OnnxModel model = OnnxModel.read(file);
      for (StoredTensor tensor : model.tensors()) {
        if (tensor.type().isTrainable()
            && tensor.shape().elements() < 1 << 20
            && tensor.hasData()) {
          assertThat(tensor.floats()).hasSize((int) tensor.shape().elements());
        }
      }
      return "accepted";
    } catch (OnnxException e) {
      assertThat(e.getMessage()).startsWith(file.toString());
      assertThat(e.fix()).isNotBlank();
      return e.code();
    }
  }

  @Test
  void aMillionNodesTakeSeconds() {
    Path file = SharedModels.file("hostile/chain_1e6_relu.onnx.gz", folder);
    OnnxModel model =
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(120), () -> OnnxModel.read(file));
    assertThat(model.proto().getGraph().getNodeCount()).isEqualTo(1_000_000);
  }

  @Test
  void moreMessagesThanTheLimitAreRefusedBeforeTheyAreBuilt() {
    Path file = SharedModels.file("hostile/dense_dag_400.onnx", folder);
    ModelLimits few = new ModelLimits(1 << 20, 1000, 500, 64, 64, 1 << 20, 1 << 20);
    assertThatThrownBy(() -> OnnxModel.read(file, few))
        .isInstanceOf(OnnxException.class)
        .hasMessageContaining("500 messages");
  }

  @Test
  void fieldsThatOnnxDoesNotKnowCountToo() throws IOException {
    Path file = folder.resolve("unknown.onnx");
    try (OutputStream bytes = new BufferedOutputStream(Files.newOutputStream(file))) {
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      for (int field = 1_000; field < 3_000_000; field++) {
        out.writeUInt32(field, 1);
      }
      out.flush();
    }
    assertThat(codeOf(file)).isEqualTo("OG-103");
  }

  @Test
  void externalDataBehindALinkThatLeavesTheFolderIsRefused(@TempDir Path place) throws IOException {
    Path model = copy("hostile/ext_symlink_dir/model.onnx", place);
    Path outside = Files.createTempDirectory(folder, "outside");
    Files.write(outside.resolve("weights.bin"), new byte[864]);
    Files.createSymbolicLink(place.resolve("sub"), outside);
    assertThat(codeOf(model)).isEqualTo("OG-120");
  }

  @Test
  void externalDataBehindALinkInsideTheFolderIsRead(@TempDir Path place) throws IOException {
    Path model = copy("hostile/ext_ok/model.onnx", place);
    Files.copy(SharedData.path("hostile/ext_ok/ok.bin"), place.resolve("real.bin"));
    Files.createSymbolicLink(place.resolve("ok.bin"), Path.of("real.bin"));
    assertThat(OnnxModel.read(model).tensors()).anyMatch(tensor -> tensor.floats().length == 216);
  }

  @Test
  void aHardLinkIsAFileOfTheFolder(@TempDir Path place) throws IOException {
    Path model = copy("hostile/ext_ok/model.onnx", place);
    Path other = Files.createTempDirectory(folder, "other").resolve("data");
    Files.copy(SharedData.path("hostile/ext_ok/ok.bin"), other);
    Files.createLink(place.resolve("ok.bin"), other);
    assertThat(codeOf(model)).isEqualTo("accepted");
  }

  @Test
  void aModelFileThatIsALinkHasItsDataWhereTheLinkLeads(@TempDir Path place) throws IOException {
    Path link =
        Files.createSymbolicLink(
            place.resolve("m.onnx"), SharedData.path("hostile/ext_ok/model.onnx"));
    assertThat(OnnxModel.read(link).tensors()).anyMatch(tensor -> tensor.floats().length == 216);
  }

  @Test
  void missingExternalDataLeaveTheStructure() {
    OnnxModel model = OnnxModel.read(SharedData.path("hostile/ext_missing_file.onnx"));
    StoredTensor weight =
        model.tensors().stream()
            .filter(tensor -> !tensor.hasData() && tensor.form() == StoredTensor.Form.INITIALIZER)
            .findFirst()
            .orElseThrow();
    assertThatThrownBy(weight::floats)
        .isInstanceOf(OnnxException.class)
        .extracting(error -> ((OnnxException) error).code())
        .isEqualTo("OG-121");
  }

  @Test
  void aHugeConstantOfShapeIsNotAllocated() {
    OnnxModel model = OnnxModel.read(SharedData.path("hostile/constantofshape_huge.onnx"));
    StoredTensor huge =
        model.tensors().stream()
            .filter(tensor -> tensor.form() == StoredTensor.Form.CONSTANT_OF_SHAPE)
            .findFirst()
            .orElseThrow();
    assertThat(huge.shape().elements()).isEqualTo(10_000_000_000L);
    assertThatThrownBy(huge::floats).hasMessageContaining("10000000000 elements");
  }

  @Test
  void foldersAndMissingFilesAreRefused(@TempDir Path place) {
    assertThat(codeOf(place)).isEqualTo("OG-100");
    assertThat(codeOf(place.resolve("absent.onnx"))).isEqualTo("OG-100");
  }

  private static Path copy(String relative, Path place) throws IOException {
    return Files.copy(SharedData.path(relative), place.resolve("model.onnx"));
  }
}
