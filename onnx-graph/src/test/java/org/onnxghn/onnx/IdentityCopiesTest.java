package org.onnxghn.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.onnxghn.onnx.TestModels.attribute;
import static org.onnxghn.onnx.TestModels.external;
import static org.onnxghn.onnx.TestModels.model;
import static org.onnxghn.onnx.TestModels.node;
import static org.onnxghn.onnx.TestModels.value;
import static org.onnxghn.onnx.TestModels.vector;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.onnx.StoredTensor.Form;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.TensorProto;

/** Parameters that are an Identity of an initializer: they start like it, but are others. */
class IdentityCopiesTest {
  private static final float[] OLD = {4, 5, 6};
  private static final float[] NEW = {1, 2, 3};
  private static final float[] OTHER = {7, 8, 9};

  @TempDir Path folder;

  /** {@code y = x + s + s2}, where {@code s2} is a copy of {@code s}. */
  private static GraphProto.Builder graph(TensorProto s) {
    return GraphProto.newBuilder()
        .addInput(value("x", 3))
        .addOutput(value("y", 3))
        .addInitializer(s)
        .addNode(node("Identity", "s2", "s"))
        .addNode(node("Add", "a", "x", "s"))
        .addNode(node("Add", "y", "a", "s2"));
  }

  private static float[] floats(OnnxModel model, String name) {
    return model.tensor(name).orElseThrow().floats();
  }

  /** In memory, and after all is in a protobuf. */
  private static void assertValues(OnnxModel changed, Map<String, float[]> expected) {
    OnnxModel again = OnnxModel.of(changed.toProto());
    expected.forEach(
        (name, values) -> {
          assertThat(floats(changed, name)).as(name).isEqualTo(values);
          assertThat(floats(again, name)).as(name + " again").isEqualTo(values);
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 3})
  void aCopyKeepsItsValuesWhenItsInitializerIsChanged(int ir) {
    OnnxModel model = OnnxModel.of(model(ir, graph(vector("s", OLD))));
    assertThat(model.tensor("s2").orElseThrow().form()).isEqualTo(Form.INITIALIZER_COPY);
    OnnxModel changed = model.withParameters(Map.of("s", NEW));
    assertValues(changed, Map.of("s", NEW, "s2", OLD));
    assertThat(changed.tensor("s2").orElseThrow().form())
        .isEqualTo(ir < 4 ? Form.CONSTANT_NODE : Form.INITIALIZER);
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 3})
  void eachCanBeChangedAndBoth(int ir) {
    OnnxModel model = OnnxModel.of(model(ir, graph(vector("s", OLD))));
    assertValues(
        model.withParameters(Map.of("s", NEW, "s2", OTHER)), Map.of("s", NEW, "s2", OTHER));
    assertValues(model.withParameters(Map.of("s2", OTHER)), Map.of("s", OLD, "s2", OTHER));
  }

  @Test
  void whatTheInitializerWasGivenBeforeIsKept() {
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInput(value("x", 3))
            .addOutput(value("y", 3))
            .addInitializer(vector("s", OLD))
            .addNode(node("Identity", "s2", "s"))
            .addNode(node("Identity", "s3", "s2"))
            .addNode(node("Add", "a", "x", "s"))
            .addNode(node("Add", "b", "a", "s2"))
            .addNode(node("Add", "y", "b", "s3"));
    OnnxModel once = OnnxModel.of(model(graph)).withParameters(Map.of("s", NEW, "s2", OTHER));
    assertThat(once.tensor("s3").orElseThrow().form()).isEqualTo(Form.INITIALIZER_COPY);
    OnnxModel twice = once.withParameters(Map.of("s2", OLD));
    assertValues(twice, Map.of("s", NEW, "s2", OLD, "s3", OTHER));
  }

  /** Without the other reader of its initializer a copy would be none. */
  @ParameterizedTest
  @ValueSource(ints = {8, 3})
  void aPartOfAModelKeepsCopiesThatHaveTheirOwnData(int ir) {
    OnnxModel model = OnnxModel.of(model(ir, graph(vector("s", OLD))));
    OnnxModel own = model.withOwnData(List.of(model.tensor("s2").orElseThrow()));
    assertThat(own.tensor("s2").orElseThrow().form())
        .isEqualTo(ir < 4 ? Form.CONSTANT_NODE : Form.INITIALIZER);
    BitSet nodes = new BitSet();
    nodes.set(0, own.proto().getGraph().getNodeCount() - 1);
    OnnxModel part = own.withParameters(Map.of("s", NEW)).withNodes(nodes, List.of(value("a", 3)));
    assertThat(part.proto().getGraph().getNodeList())
        .extracting(node -> node.getOutput(0))
        .doesNotContain("y")
        .endsWith("a");
    assertValues(part, Map.of("s", NEW, "s2", OLD));
  }

  @Test
  void float64IsKeptUnrounded() {
    TensorProto s =
        TensorProto.newBuilder()
            .setName("s")
            .setDataType(ElementType.DOUBLE.number())
            .addDims(3)
            .addDoubleData(Math.PI)
            .addDoubleData(1e300)
            .addDoubleData(-0.1)
            .build();
    OnnxModel changed = OnnxModel.of(model(graph(s))).withParameters(Map.of("s", NEW));
    assertThat(changed.tensor("s2").orElseThrow().doubles()).containsExactly(Math.PI, 1e300, -0.1);
  }

  @Test
  void externalDataStayWhereTheyAre() throws IOException {
    Path file = folder.resolve("m.onnx");
    Files.write(file, model(graph(external("s", "s.bin", 3))).toByteArray());
    OnnxModel missing = OnnxModel.read(file).withParameters(Map.of("s", NEW));
    assertThat(floats(missing, "s")).isEqualTo(NEW);
    assertThat(missing.tensor("s2").orElseThrow().hasData()).isFalse();

    Files.write(folder.resolve("s.bin"), vector("", OLD).getRawData().toByteArray());
    OnnxModel changed = OnnxModel.read(file).withParameters(Map.of("s", NEW));
    assertValues(changed, Map.of("s", NEW, "s2", OLD));
    List<Path> written = changed.write(folder.resolve("out.onnx"), WriteOptions.DEFAULT);
    assertThat(written).hasSize(2);
    assertThat(floats(OnnxModel.read(written.get(0)), "s2")).isEqualTo(OLD);
  }

  @Test
  void copiesInSiblingBranchesAreToldApart() {
    GraphProto.Builder branch =
        GraphProto.newBuilder()
            .addInitializer(vector("s", OLD))
            .addNode(node("Identity", "s2", "s"))
            .addNode(node("Add", "a", "x", "s"))
            .addNode(node("Add", "r", "a", "s2"))
            .addOutput(value("r", 3));
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInput(value("x", 3))
            .addInput(value("c"))
            .addNode(
                node("If", "y", "c")
                    .setName("choice")
                    .addAttribute(attribute("then_branch", branch))
                    .addAttribute(attribute("else_branch", branch)))
            .addOutput(value("y", 3));
    OnnxModel model = OnnxModel.of(model(graph));
    assertThat(model.tensors().stream().map(StoredTensor::name))
        .contains("s2@choice.then_branch", "s2@choice.else_branch");
    OnnxModel changed = model.withParameters(Map.of("s@choice.then_branch", NEW));
    assertValues(changed, Map.of("s@choice.then_branch", NEW, "s2@choice.then_branch", OLD));
    assertValues(changed, Map.of("s@choice.else_branch", OLD, "s2@choice.else_branch", OLD));
  }

  @Test
  void anIdentityOfNothingOrOfSeveralIsNoCopy() {
    GraphProto.Builder graph =
        graph(vector("s", OLD))
            .addNode(node("Identity", "nothing"))
            .addNode(node("Identity", "several", "s", "x"));
    OnnxModel model = OnnxModel.of(model(graph));
    assertThat(model.tensor("nothing")).isEmpty();
    assertThat(model.tensor("several")).isEmpty();
  }
}
