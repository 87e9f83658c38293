package org.onnxghn.trainer.exec;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.onnxghn.GraphText;
import org.onnxghn.onnx.OnnxModel;

class AutocastTest {
  /** 1 + 2^-12 is 1 in both 16-bit types. */
  private static final float FINE = 1 + 1f / 4096;

  private static OnnxModel model(String body) {
    return GraphText.model(
        "<opset_import: [\"\" : 17]>\nnet (float[N,2] x) => (float[N,2] y) <float[2,2] w> { "
            + body
            + " }");
  }

  private static float[] run(OnnxModel model, Precision precision, Set<String> full) {
    try (Program program = Program.compile(model, precision, full);
        NDManager manager = NDManager.newBaseManager()) {
      NDArray x = manager.create(new float[] {FINE, 0}, new Shape(1, 2));
      NDArray w = manager.create(new float[] {1, 0, 0, 1}, new Shape(2, 2));
      NDArray y = program.run(Map.of("x", x), Map.of("w", w), Program.Mode.INFERENCE).output();
      assertThat(y.getDataType()).isEqualTo(DataType.FLOAT32);
      return y.toFloatArray();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"FLOAT16", "BFLOAT16"})
  void productsAreRoundedAndOthersAreNot(Precision precision) {
    OnnxModel product = model("y = MatMul(x, w)");
    assertThat(run(product, Precision.FLOAT32, Set.of())).containsExactly(FINE, 0);
    assertThat(run(product, precision, Set.of())).containsExactly(1, 0);
    assertThat(run(product, precision, Set.of("w"))).as("kept").containsExactly(FINE, 0);
    assertThat(run(model("a = Relu(x) b = Identity(w) y = Add(a, a)"), precision, Set.of()))
        .containsExactly(2 * FINE, 0);
  }

  /** As exporters write a linear layer on the last axis. */
  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"FLOAT16", "BFLOAT16"})
  void viewsOfAKeptWeightAreKeptToo(Precision precision) {
    for (String view :
        List.of(
            "t = Transpose <perm = [1,0]> (w)",
            "i = Identity (w) t = Transpose <perm = [1,0]> (i)",
            "c = Cast <to = 1> (w) t = Transpose (c)")) {
      OnnxModel product = model(view + " y = MatMul (x, t)");
      assertThat(run(product, precision, Set.of())).as(view).containsExactly(1, 0);
      assertThat(run(product, precision, Set.of("w"))).as(view).containsExactly(FINE, 0);
    }
  }

  @Test
  void sumsTakeFloat32AfterAProduct() {
    // In float16 the sum of 1 and 2048 would be 2048.
    OnnxModel sum = model("a = MatMul(x, w) y = ReduceSum <keepdims = 1> (a)");
    try (Program program = Program.compile(sum, Precision.FLOAT16, Set.of());
        NDManager manager = NDManager.newBaseManager()) {
      NDArray x = manager.create(new float[] {2048, 1}, new Shape(1, 2));
      NDArray w = manager.create(new float[] {1, 0, 0, 1}, new Shape(2, 2));
      assertThat(
              program
                  .run(Map.of("x", x), Map.of("w", w), Program.Mode.INFERENCE)
                  .output()
                  .toFloatArray())
          .containsExactly(2049);
    }
  }

  @Test
  void integersAreLeftAlone() {
    OnnxModel integers = model("i = Cast <to = 7> (w) p = MatMul(i, i) y = Cast <to = 1> (p)");
    assertThat(run(integers, Precision.FLOAT16, Set.of())).containsExactly(1, 0, 0, 1);
  }
}
