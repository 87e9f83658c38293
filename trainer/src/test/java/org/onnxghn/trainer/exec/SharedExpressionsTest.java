package org.onnxghn.trainer.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.onnxghn.GraphText;
import org.onnxghn.onnx.OnnxModel;

/** One ReLU for all nodes that see the same tensor, but not across the borders of branches. */
class SharedExpressionsTest {
  private static int relus(OnnxModel model) {
    String text =
        GraphCompiler.compile(model, Program.Mode.INFERENCE, Set.of(), Autocast.OFF).text();
    return text.split("torch\\.relu\\(", -1).length - 1;
  }

  @Test
  void equalNodesAreComputedOnce() {
    assertThat(
            relus(
                GraphText.model(
                    """
                    <opset_import: ["" : 17]>
                    net (double[3] x) => (double[3] y) {
                      a = Relu (x) b = Relu (x) n = Neg (x) c = Relu (n)
                      d = Add (a, b) y = Add (d, c)
                    }
                    """)))
        .isEqualTo(2);
  }

  /** The branch's own comes first; PyTorch knows its name nowhere else. */
  @Test
  void aBranchKeepsItsOwn() throws Exception {
    OnnxModel model =
        GraphText.model(
            """
            <opset_import: ["" : 17]>
            net (double[3] x) => (double[3] y) <double five = {5}> {
              m = ReduceMax <keepdims = 0> (x) k = Greater (m, five)
              f = If <then_branch = t () => (double[3] p) { p = Relu (x) },
                      else_branch = e () => (double[3] q) { q = Neg (x) }> (k)
              a = Relu (x) b = Relu (x) c = Add (a, b) y = Add (c, f)
            }
            """);
    assertThat(relus(model)).isEqualTo(2);
    CentralDifferences.checkForward(
        model, Map.of("x", TestTensor.uniform(TestTensor.type(11), new Random(1), -1, 1, 3)));
  }
}
