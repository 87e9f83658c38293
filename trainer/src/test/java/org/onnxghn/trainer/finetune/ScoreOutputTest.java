package org.onnxghn.trainer.finetune;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.GraphText;
import org.onnxghn.converter.images.ImageSpec;
import org.onnxghn.graph.Parameter;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.StoredTensor;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.TensorProto;

/** What the loss is taken of, and what that needs. */
class ScoreOutputTest {
  private static final String NET =
      """
      net (float[N,3,12,12] x) => (float[N,4] y)
      <float[4,3,12,12] w, float[4] b, int64[2] rows = {0, -1}, int64[2] axes = {2, 3},
       int64[3] parts = {0, 2, 2}> {
        c = Conv (x, w, b)
        NODES
      }
      """;

  private static OnnxModel model(String nodes) {
    return GraphText.model(NET.replace("NODES", nodes));
  }

  private static Network network(OnnxModel model) {
    return new Network(model, ImageSpec.square(3, 12), List.of(), Device.cpu());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "s = Softmax <axis = 1> (c) y = Reshape (s, rows)",
        "s = Softmax <axis = 1> (c) y = Flatten (s)",
        "s = Softmax <axis = 1> (c) y = Squeeze (s, axes)",
        "s = Softmax <axis = 1> (c) t = Identity (s) u = Cast <to = 1> (t) y = Flatten (u)",
        "s = Softmax <axis = 1> (c) f = Flatten (s) u = Unsqueeze (f, axes) y = Squeeze (u, axes)",
        "d = Cast <to = 11> (c) s = Softmax <axis = 1> (d) u = Cast <to = 1> (s) y = Flatten (u)",
      })
  void logitsAreFoundBehindWhatChangesNoNumber(String nodes) {
    OnnxModel model = model(nodes);
    ScoreOutput output = ScoreOutput.of(model);
    assertThat(output.scores()).isEqualTo("y");
    assertThat(output.logits()).isEqualTo(nodes.startsWith("d") ? "d" : "c");
    try (Network network = network(model)) {
      assertThat(network.endsInSoftmax()).isTrue();
      assertThat(network.classes()).isEqualTo(4);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "y = Flatten (c)",
        "s = Softmax <axis = 1> (c) n = Neg (s) y = Flatten (n)",
        "s = Softmax <axis = 1> (c) h = Cast <to = 10> (s) y = Flatten (h)",
      })
  void otherScoresAreTakenAsTheyAre(String nodes) {
    ScoreOutput output = ScoreOutput.of(model(nodes));
    assertThat(output.logits()).isEqualTo("y");
    assertThat(output.hasSoftmax()).isFalse();
  }

  /** Two distributions for each image: all four numbers together are not the logits of one. */
  @Test
  void aSoftmaxOverPartsOfTheClassesIsNone() {
    OnnxModel model =
        model("g = Reshape (c, parts) s = Softmax <axis = -1> (g) y = Reshape (s, rows)");
    assertThat(ScoreOutput.of(model).logits()).isEqualTo("g");
    try (Network network = network(model)) {
      assertThat(network.endsInSoftmax()).isFalse();
    }
  }

  /** Branches take values from outside, which are no inputs of their node. */
  @Test
  void onlyWhatTheFirstOutputNeedsIsLeft() {
    OnnxModel model =
        GraphText.model(
            """
            net (float[N,3,12,12] x) => (float[N,3] y, float[N,3] z)
            <float[3,3,12,12] first, float[3,3,12,12] second, float[3,3,12,12] third,
             float[3] inner, bool yes = {1}> {
              a = Conv (x, first)
              b = Conv (x, second)
              c = Conv (x, third)
              p = If <then_branch = t () => (float u) { k = Flatten (a) u = Add (k, inner) },
                      else_branch = e () => (float v) { v = Flatten (b) }> (yes)
              y = Flatten (p)
              z = Flatten (c)
            }
            """);
    OnnxModel pruned = ScoreOutput.of(model).model();
    assertThat(pruned.proto().getGraph().getNodeList())
        .extracting(NodeProto::getName)
        .containsExactly("a", "b", "p", "y");
    assertThat(pruned.proto().getGraph().getOutputList())
        .singleElement()
        .satisfies(output -> assertThat(output.getName()).isEqualTo("y"));
    OnnxModel whole = model("y = Flatten (c)");
    assertThat(ScoreOutput.of(whole).model()).isSameAs(whole);
  }

  /** They may be larger than what can be in memory at once; here they are not even there. */
  @Test
  void externalDataAreNotReadForANodeThatIsNotNeeded(@TempDir Path folder) throws IOException {
    ModelProto.Builder model =
        GraphText.proto(NET.replace("NODES", "y = Flatten (c) z = Relu (c)")).toBuilder();
    TensorProto.Builder weight = model.getGraphBuilder().getInitializerBuilder(0);
    weight.clearFloatData().clearRawData().setDataLocation(TensorProto.DataLocation.EXTERNAL);
    weight.addExternalDataBuilder().setKey("location").setValue("weights");
    Path file = Files.write(folder.resolve("m.onnx"), model.build().toByteArray());
    OnnxModel pruned = ScoreOutput.of(OnnxModel.read(file)).model();
    assertThat(pruned.proto().getGraph().getNodeList())
        .extracting(NodeProto::getName)
        .containsExactly("c", "y");
    assertThat(pruned.tensor("w").orElseThrow().hasData()).isFalse();
  }

  /** With fewer nodes it has one reader, and would be seen through. */
  @Test
  void aCopyOfAnotherOutputsTensorIsTrainedItself() {
    OnnxModel model =
        GraphText.model(
            """
            net (float[N,3,12,12] x) => (float[N,4] y, float[N,4] z)
            <float[4,3,12,12] w, float[4,4] u, float[4,4] v, float[4] b> {
              c = Conv (x, w)
              f = Flatten (c)
              b2 = Identity (b)
              y = Gemm (f, u, b2)
              z = Gemm (f, v, b)
            }
            """);
    OnnxModel pruned = ScoreOutput.of(model).model();
    assertThat(pruned.tensor("b2").orElseThrow().floats())
        .isEqualTo(model.tensor("b").orElseThrow().floats());
    try (Network network = network(model)) {
      assertThat(network.choice().trained())
          .extracting(Parameter::name)
          .containsExactlyInAnyOrder("w", "u", "b2");
    }
  }

  /** Another name is what the values would be lost under. */
  @Test
  void tensorsOfSubgraphsKeepTheirNames() {
    String branches =
        """
        = If <then_branch = t () => (float u) { k = Constant <value_floats = [1.0, 2.0]> () u = Add (f, k) },
              else_branch = e () => (float v) { v = Identity (f) }> (yes)
        """;
    OnnxModel model =
        GraphText.model(
            """
            net (float[N,2,1,1] x) => (float[N,2] y, float[N,2] z) <bool yes = {1}> {
              f = Flatten (x)
            """
                + ("z " + branches)
                + ("y " + branches)
                + "}");
    assertThat(ScoreOutput.of(model).model().tensors())
        .extracting(StoredTensor::name)
        .containsExactly("yes", "k@y.then_branch");
  }

  /** Of a quantised network, only what follows the last rounding is trained. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "q = QuantizeLinear (c, s, z) d = DequantizeLinear (q, s, z)",
        "q = Round (c) d = Mul (q, s)",
        "q = Floor (c) d = Mul (q, s)",
        "q = Ceil (c) d = Mul (q, s)",
        "q = Sign (c) d = Mul (q, s)",
      })
  void whatLiesBeforeARoundingIsNotTrained(String rounding) {
    OnnxModel model =
        GraphText.model(
            """
            net (float[N,3,12,12] x) => (float[N,3] y)
            <float[4,3,12,12] w, float[4] b, float[3,4] v, float[3] a, float s = {0.1},
             uint8 z = {0}> {
              c = Conv (x, w, b)
              ROUNDING
              f = Flatten (d)
              y = Gemm <transB = 1> (f, v, a)
            }
            """
                .replace("ROUNDING", rounding));
    assertThat(ScoreOutput.of(model).withoutGradient())
        .containsExactlyInAnyOrder("x", "w", "b", "c");
    try (Network network = network(model)) {
      assertThat(network.choice().trained())
          .extracting(Parameter::name)
          .containsExactlyInAnyOrder("v", "a");
      assertThat(network.choice().findings())
          .singleElement()
          .satisfies(finding -> assertThat(finding.message()).contains("2 tensors (such as w)"));
    }
  }
}
