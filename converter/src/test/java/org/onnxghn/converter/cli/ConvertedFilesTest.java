package org.onnxghn.converter.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.onnxghn.converter.Models.floats;
import static org.onnxghn.converter.Models.node;
import static org.onnxghn.converter.Models.value;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.proto.GraphProto;

/** Which files {@code convert} writes, and which it leaves. */
class ConvertedFilesTest extends ConvertFixture {
  @Test
  void theInputIsReplacedOnlyWhenAsked() throws IOException {
    Path input = folder.resolve("m.onnx");
    Files.copy(smallCnn(), input);
    byte[] before = Files.readAllBytes(input);
    Run refused = Run.of("convert", input, "-o", input, "--checkpoint", "none");
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains("OG-402", "--in-place");
    assertThat(Files.readAllBytes(input)).isEqualTo(before);

    Run run = Run.of("convert", input, "--in-place", "--checkpoint", "none");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(Files.readAllBytes(input)).isNotEqualTo(before);
    assertThat(files()).containsExactly("m.onnx");
  }

  @Test
  void externalDataIsWrittenBesideTheModel() throws IOException {
    Run run = convert(smallCnn(), "--json", "--external-data", "always");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.json().path("output").path("externalData")).hasSize(1);
    assertThat(files()).hasSize(2);
    Run again = Run.of("convert", out(), "-o", folder.resolve("b.onnx"), "--checkpoint", "none");
    assertThat(again.code()).as(again.err()).isZero();
  }

  @Test
  void aMissingFolderIsRefusedBeforeTheWork() {
    Run run =
        Run.of("convert", smallCnn(), "-o", folder.resolve("a/b.onnx"), "--checkpoint", "none");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("OG-401");
  }

  @Test
  void lowCoverageIsOneAndLeavesNothing() throws IOException {
    Run run = convert(smallCnn(), "--json", "--min-coverage", "0.5");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.json().path("output").isNull()).isTrue();
    assertThat(files()).isEmpty();
  }

  private Path notFinite() throws IOException {
    return write(
        GraphProto.newBuilder()
            .addInput(value("x", ElementType.FLOAT, 1, 2))
            .addInitializer(floats("w", null, 2, 2))
            .addInitializer(floats("nan", Float.NaN, 2))
            .addNode(node("MatMul", "h", "x", "w"))
            .addNode(node("Add", "y", "h", "nan"))
            .addOutput(value("y", ElementType.FLOAT, 1, 2)));
  }

  @Test
  void aResultThatIsNotFiniteIsOneAndLeavesNothing() throws IOException {
    Path input = notFinite();
    Run run = convert(input, "--json", "--keep", "nan");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.json().path("verification").path("finite").asBoolean(true)).isFalse();
    assertThat(run.json().path("findings").findValuesAsText("code")).contains("OG-462");
    assertThat(run.json().path("parameters").findValues("mean")).anyMatch(JsonNode::isNull);
    assertThat(files()).containsExactly("in.onnx");

    assertThat(convert(input, "--keep", "nan", "--keep-unverified").code()).isEqualTo(1);
    assertThat(files()).containsExactly("in.onnx", "out.onnx");
    Files.delete(out());
    assertThat(convert(input, "--keep", "nan", "--no-verify").code()).isZero();
    assertThat(files()).containsExactly("in.onnx", "out.onnx");
  }

  @Test
  void whatAReplacedInputWouldHaveDoneIsNotSaid() throws IOException {
    Path input = notFinite();
    JsonNode beside = convert(input, "--json", "--keep", "nan").json();
    assertThat(beside.path("findings").toString()).contains("OG-462", "the input fails too");
    byte[] before = Files.readAllBytes(input);
    String line = "--in-place --keep-unverified --keep nan --checkpoint none --json";
    List<Object> arguments = new ArrayList<>(List.of("convert", input));
    arguments.addAll(List.of(line.split(" ")));
    Run run = Run.of(arguments.toArray());
    assertThat(run.code()).isEqualTo(1);
    assertThat(Files.readAllBytes(input)).isNotEqualTo(before);
    assertThat(run.json().path("findings").toString())
        .contains("OG-462")
        .doesNotContain("the input fails too");
  }

  @Test
  void theSameRequestGivesTheSameBytesAndAnotherSeedOthers() throws IOException {
    String first = sha(convert(smallCnn(), "--json"));
    String again = sha(convert(smallCnn(), "--json"));
    assertThat(again).isEqualTo(first);
    assertThat(sha(convert(smallCnn(), "--json", "--seed", 1))).isNotEqualTo(first);
    assertThat(files()).containsExactly("out.onnx");
  }

  private static String sha(Run run) {
    assertThat(run.code()).as(run.err()).isZero();
    return run.json().path("output").path("sha256").asText();
  }
}
