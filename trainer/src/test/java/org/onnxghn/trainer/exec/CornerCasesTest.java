package org.onnxghn.trainer.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.GraphText;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;

/** What takes several nodes, or types that lines of {@code forward.txt} do not have. */
class CornerCasesTest {
  /** 5/3 and 7/3 are no float32: three times the next ones are 5 and 7 in float32 only. */
  @Test
  void scalesThatAreComputedGiveOnnxRuntimesSize() throws Exception {
    OnnxModel model =
        GraphText.model(
            """
            <opset_import: ["" : 13]>
            net (float[1,1,3,3] x) => (float[1,1,5,7] y)
            <float[4] new = {1, 1, 5, 7}, float[4] old = {1, 1, 3, 3}> {
              s = Div (new, old)
              y = Resize <mode = "nearest"> (x, "", s)
            }
            """);
    CentralDifferences.checkForward(
        model,
        Map.of("x", TestTensor.uniform(ElementType.FLOAT, new Random(1), -1, 1, 1, 1, 3, 3)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"y = Slice (x, \"\", \"\")", "y = Unsqueeze (x)", "y = Reshape (x, \"\")"})
  void inputsThatAreMissingAreNamed(String node) {
    OnnxModel model =
        GraphText.model(
            "<opset_import: [\"\" : 17]>\nnet (float[3] x) => (float[3] y) { " + node + " }");
    assertThatThrownBy(() -> Program.compile(model))
        .isInstanceOfSatisfying(
            ExecutorException.class,
            e -> assertThat(e.code()).isEqualTo(ExecutorException.UNSUPPORTED));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "q = QuantizeLinear (x, s, z) y = DequantizeLinear (q, s, z)",
        "q = QuantizeLinear <output_dtype = 4> (x, s) y = DequantizeLinear (q, s)"
      })
  void uint16Saturates(String nodes) {
    OnnxModel model =
        GraphText.model(
            "<opset_import: [\"\" : 21]>\nnet (float[3] x) => (float[3] y)"
                + " <float s = {0.000015259022}, uint16 z = {0}> { "
                + nodes
                + " }");
    try (NDManager manager = NDManager.newBaseManager();
        Program program = Program.compile(model)) {
      NDArray x = manager.create(new float[] {-1, 0.5f, 2});
      float[] y =
          program.run(Map.of("x", x), Map.of(), Program.Mode.INFERENCE).output().toFloatArray();
      assertThat(y).containsExactly(new float[] {0, 0.5f, 1}, within(1e-4f));
    }
  }

  @Test
  void runningStatisticsOfBfloat16AreGivenAsFloat32() {
    // The bits of 1 are 16256.
    OnnxModel model =
        GraphText.model(
            """
            <opset_import: ["" : 17]>
            net (float[3,2,2] x) => (float[3,2,2] y)
            <bfloat16[2] s = {16256, 16256}, bfloat16[2] b = {0, 0},
             bfloat16[2] m = {0, 0}, bfloat16[2] v = {16256, 16256}> {
              c = Cast <to = 16> (x)
              n = BatchNormalization (c, s, b, m, v)
              y = Cast <to = 1> (n)
            }
            """);
    try (NDManager manager = NDManager.newBaseManager();
        Program program = Program.compile(model)) {
      float[] values = {1, 3, 5, 7, 1, 3, 5, 7, 1, 3, 5, 7};
      NDArray x = manager.create(values, new Shape(3, 2, 2));
      Map<String, NDArray> statistics =
          program.run(Map.of("x", x), Map.of(), Program.Mode.TRAINING).runningStatistics();
      assertThat(statistics.get("m").getDataType()).isEqualTo(DataType.FLOAT32);
      assertThat(statistics.get("v").getDataType()).isEqualTo(DataType.FLOAT32);
      // Channels with means 2 and 6, and a momentum of 0.9.
      assertThat(statistics.get("m").toFloatArray())
          .containsExactly(new float[] {0.2f, 0.6f}, within(0.01f));
      assertThat(statistics.get("v").toFloatArray())
          .containsExactly(new float[] {1, 1}, within(0.02f));
    }
  }
}
