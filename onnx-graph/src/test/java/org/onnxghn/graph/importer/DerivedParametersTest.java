package org.onnxghn.graph.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.onnxghn.GraphText;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.Parameter;
import org.onnxghn.graph.Role;

/** Parameters on which a network computes before a layer uses the result. */
class DerivedParametersTest {
  private static Map<String, Role> roles(String text) {
    ImportedGraph imported =
        GraphImporter.importGraph(GraphText.model("<opset_import: [\"\" : 13]>\n" + text));
    return imported.parameters().stream()
        .collect(Collectors.toMap(Parameter::name, Parameter::role));
  }

  /** As spox and PyTorch's scripted exporter put an LSTM's weights together. */
  @Test
  void weightsOfAnLstmReachItThroughConcat() {
    assertThat(
            roles(
                """
                net (float[5,N,4] x) => (float[5,1,N,3] y)
                  <float[12,4] ih, float[12,3] hh, float[12] b_ih, float[12] b_hh, int64[1] axes = {0}> {
                  w = Unsqueeze(ih, axes)
                  r = Unsqueeze(hh, axes)
                  both = Concat <axis = 0> (b_ih, b_hh)
                  b = Unsqueeze(both, axes)
                  y, h, c = LSTM <hidden_size = 3> (x, w, r, b)
                }"""))
        .containsEntry("ih", Role.RECURRENT_INPUT_WEIGHT)
        .containsEntry("hh", Role.RECURRENT_WEIGHT)
        .containsEntry("b_ih", Role.RECURRENT_BIAS)
        .containsEntry("b_hh", Role.RECURRENT_BIAS);
  }

  @Test
  void aClassTokenMayBeAddedToZeros() {
    assertThat(
            roles(
                """
                net (float[N,3,8,8] x) => (float[N,5,6] y)
                  <float[6,3,4,4] w, float[1,1,6] token, int64[3] flat = {0, 6, -1}, int64[1] first = {0},
                   int64[2] ones = {1, 6}> {
                  c = Conv <strides = [4,4]> (x, w)
                  r = Reshape(c, flat)
                  t = Transpose <perm = [0,2,1]> (r)
                  s = Shape(x)
                  n = Gather <axis = 0> (s, first)
                  shape = Concat <axis = 0> (n, ones)
                  zeros = ConstantOfShape(shape)
                  tokens = Add(zeros, token)
                  y = Concat <axis = 1> (tokens, t)
                }"""))
        .containsEntry("token", Role.CLASS_TOKEN);
  }

  /** Coordinates, too, are spread over the batch and put beside the data. */
  @Test
  void aGridThatIsAddedToZerosIsNoClassToken() {
    assertThat(
            roles(
                """
                net (float[N,3,4,4] x) => (float[N,2,4,4] y)
                  <float[1,2,4,4] grid, int64[1] first = {0}, int64[3] rest = {2, 4, 4}, float[2,5,1,1] w> {
                  s = Shape(x)
                  n = Gather <axis = 0> (s, first)
                  shape = Concat <axis = 0> (n, rest)
                  zeros = ConstantOfShape(shape)
                  grids = Add(zeros, grid)
                  both = Concat <axis = 1> (x, grids)
                  y = Conv(both, w)
                }"""))
        .containsEntry("grid", Role.UNKNOWN);
  }

  @Test
  void manyConstantsOfOneOperatorWithManyReadersAreFollowedOnce() {
    int many = 3_000;
    StringBuilder constants = new StringBuilder("float[2] c0");
    StringBuilder inputs = new StringBuilder("c0");
    StringBuilder readers = new StringBuilder("r0 = Neg (all)\n");
    for (int i = 1; i < many; i++) {
      constants.append(", float[2] c").append(i);
      inputs.append(", c").append(i);
      readers.append("r").append(i).append(" = Neg (all)\n");
    }
    String text =
        "net (float[N,2] x) => (float y) <"
            + constants
            + "> {\n all = Concat <axis = 0> ("
            + inputs
            + ")\n"
            + readers
            + "y = Mul (x, r0)}";
    Map<String, Role> roles = assertTimeoutPreemptively(Duration.ofSeconds(30), () -> roles(text));
    assertThat(roles).hasSize(many).containsEntry("c0", Role.UNKNOWN);
  }

  /** A model without weights may have several inputs that are data, each for itself. */
  @Test
  void inputsThatNeverMeetDataAreNoParameters() {
    assertThat(
            roles(
                """
                net (float[1,3,8,8] x, float[4,3,3,3] w, float[1,3,8,8] other, float[2,3] a, float[2,3] b)
                  => (float[1,4,6,6] y, float[1,3,4,4] z, float[2,3] c) {
                  y = Conv(x, w)
                  z = MaxPool <kernel_shape = [2,2], strides = [2,2]> (other)
                  c = Mul(a, b)
                }"""))
        .containsOnlyKeys("w");
  }

  @Test
  void scalesOfQuantisationAreNoParameters() {
    assertThat(
            roles(
                """
                net (float[N,4] x, float[1] scale) => (float[N,3] y)
                  <uint8[4,3] w = {1,2,3,4,5,6,7,8,9,10,11,12}, float[3] bias> {
                  q, s, zero = DynamicQuantizeLinear(x)
                  i = MatMulInteger(q, w, zero)
                  f = Cast <to = 1> (i)
                  both = Mul(s, scale)
                  m = Mul(f, both)
                  y = Add(m, bias)
                }"""))
        .doesNotContainKey("scale");
  }
}
