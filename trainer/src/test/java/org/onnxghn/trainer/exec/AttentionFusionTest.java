package org.onnxghn.trainer.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.GraphText;
import org.onnxghn.onnx.OnnxModel;

class AttentionFusionTest {
  private static final String PLAIN = "a = MatMul (q, k) c = Softmax <axis = -1> (a)";

  /** Attention; with its scores as an output, which cannot be fused, where that is asked for. */
  private static OnnxModel model(int opset, String scores, boolean scoresOut) {
    return GraphText.model(
        ("<opset_import: [\"\" : %d]>\n"
                + "net (float[2,4,5,3] q, float[2,4,3,6] k, float[2,4,6,3] v) =>"
                + " (float[2,4,5,3] y%s) <float[1] s = {0.5}> { %s y = MatMul (c, v) }")
            .formatted(opset, scoresOut ? ", float[2,4,5,6] c" : "", scores));
  }

  private static boolean isFused(OnnxModel model) {
    return GraphCompiler.compile(model, Program.Mode.INFERENCE, Set.of(), Autocast.OFF)
        .text()
        .contains("softmax_attention");
  }

  /** The output, and the gradients of the sum of its squares. */
  private static List<float[]> run(OnnxModel model) {
    Random random = new Random(1);
    try (NDManager manager = NDManager.newBaseManager();
        Program program = Program.compile(model)) {
      Map<String, NDArray> inputs = new LinkedHashMap<>();
      inputs.put("q", random(manager, random, new Shape(2, 4, 5, 3)));
      inputs.put("k", random(manager, random, new Shape(2, 4, 3, 6)));
      inputs.put("v", random(manager, random, new Shape(2, 4, 6, 3)));
      inputs.values().forEach(input -> input.setRequiresGradient(true));
      List<float[]> results = new ArrayList<>();
      NDArray loss =
          Autograd.recording(
              () -> {
                NDArray y = program.run(inputs, Map.of(), Program.Mode.TRAINING).output();
                results.add(y.toFloatArray());
                return y.mul(y).sum();
              });
      Autograd.backward(loss);
      inputs.values().forEach(input -> results.add(input.getGradient().toFloatArray()));
      return results;
    }
  }

  private static NDArray random(NDManager manager, Random random, Shape shape) {
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return manager.create(values, shape);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        PLAIN,
        "a = MatMul (q, k) b = Mul (a, s) c = Softmax <axis = -1> (b)",
        "a = MatMul (q, k) b = Mul (s, a) c = Softmax <axis = 3> (b)",
        "a = MatMul (q, k) b = Div (a, s) c = Softmax (b)",
        // Not along the keys: one function all the same, which then takes the long way.
        "a = MatMul (q, k) b = Mul (a, s) c = Softmax <axis = 2> (b)"
      })
  void givesTheSameNumbers(String scores) {
    OnnxModel whole = model(17, scores, false);
    OnnxModel apart = model(17, scores, true);
    assertThat(isFused(whole)).isTrue();
    assertThat(isFused(apart)).isFalse();
    List<float[]> fused = run(whole);
    List<float[]> expected = run(apart);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(fused.get(i)).usingComparatorWithPrecision(1e-5f).containsExactly(expected.get(i));
    }
    assertThat(fused.get(1)[0]).isNotCloseTo(0f, within(1e-9f));
  }

  /** The second one's scores are what the first one gives: only the first is fused. */
  @Test
  void scoresThatAnotherAttentionGivesAreThere() {
    OnnxModel whole = chain("");
    OnnxModel apart = chain(", float[2,4,5,6] c, float[2,4,5,3] e");
    assertThat(isFused(whole)).isTrue();
    assertThat(isFused(apart)).isFalse();
    List<float[]> fused = run(whole);
    List<float[]> expected = run(apart);
    assertThat(fused).hasSize(4);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(fused.get(i)).usingComparatorWithPrecision(1e-5f).containsExactly(expected.get(i));
    }
  }

  /**
   * @param weights that are outputs, too, so that nothing can be fused
   */
  private static OnnxModel chain(String weights) {
    return GraphText.model(
        "<opset_import: [\"\" : 17]>\n"
            + "net (float[2,4,5,3] q, float[2,4,3,6] k, float[2,4,6,3] v) => (float[2,4,5,6] y"
            + weights
            + ") { a = MatMul (q, k) c = Softmax <axis = -1> (a) d = MatMul (c, v)"
            + " e = Softmax <axis = -1> (d) y = MatMul (e, k) }");
  }

  @Test
  void olderSoftmaxOverSeveralAxesIsLeftAsItIs() {
    String scores = "a = MatMul (q, k) c = Softmax <axis = 2> (a)";
    assertThat(isFused(model(11, scores, false))).isFalse();
    assertThat(isFused(model(11, PLAIN, false))).isTrue();
  }

  @Test
  void aMaskIsLeftAsItIs() {
    String scores = "a = MatMul (q, k) b = Add (a, s) c = Softmax <axis = -1> (b)";
    assertThat(isFused(model(17, scores, false))).isFalse();
  }
}
