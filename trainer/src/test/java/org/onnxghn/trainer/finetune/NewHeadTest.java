package org.onnxghn.trainer.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.GraphText;
import org.onnxghn.SharedData;
import org.onnxghn.converter.runtime.Verification;
import org.onnxghn.converter.runtime.Verifier;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.Shape;
import org.onnxghn.onnx.StoredTensor;
import org.onnxghn.onnx.WriteOptions;

class NewHeadTest {
  @TempDir Path folder;

  private void requireRuns(OnnxModel model, int classes) {
    assertThat(model.proto().getGraph().getOutput(0).getType().getTensorType().getShape().getDim(1))
        .satisfies(dim -> assertThat(dim.getDimValue()).isEqualTo(classes));
    Path file = folder.resolve("new.onnx");
    model.write(file, WriteOptions.DEFAULT);
    Verification verification = Verifier.verify(file, 1);
    assertThat(verification.problem()).isNull();
    assertThat(verification.passed()).isTrue();
  }

  @Test
  void gemmAndEverythingElseStays() {
    OnnxModel model = OnnxModel.read(SmallTask.model(folder));
    OnnxModel changed = NewHead.replace(model, 7, 1);
    for (StoredTensor tensor : model.tensors()) {
      if (tensor.type().isTrainable() && !tensor.name().startsWith("fc.")) {
        assertThat(changed.tensor(tensor.name()).orElseThrow().floats()).isEqualTo(tensor.floats());
      }
    }
    StoredTensor weight = changed.tensor("fc.weight").orElseThrow();
    assertThat(weight.shape()).isEqualTo(Shape.of(7, 12));
    // PyTorch's Linear: uniform within 1 / sqrt(inputs).
    float bound = (float) (1 / Math.sqrt(12));
    float[] values = weight.floats();
    assertThat(values).doesNotContain(0f);
    for (float value : values) {
      assertThat(value).isBetween(-bound, bound);
    }
    assertThat(
            Arrays.equals(values, NewHead.replace(model, 7, 2).tensor("fc.weight").get().floats()))
        .isFalse();
    assertThat(NewHead.replace(model, 7, 1).tensor("fc.weight").get().floats()).isEqualTo(values);
    requireRuns(changed, 7);
  }

  /** Not the hidden layer before it, which has a bias. */
  @Test
  void aClassifierWithoutBiasIsRefused() {
    OnnxModel model =
        OnnxModel.read(SharedData.path("golden/graphs_quirks/linear_nobias_mid_last.onnx"));
    assertThatThrownBy(() -> NewHead.replace(model, 7, 1))
        .isInstanceOf(FineTuneException.class)
        .extracting("code")
        .isEqualTo(FineTuneException.NEW_HEAD);
  }

  @Test
  void matMulAndAddWithConstants() {
    OnnxModel model =
        GraphText.model(
            """
            net (float[N,3,8,8] x) => (float[N,4] y) <float[6,3,3,3] w, float[6] c> {
              h = Conv (x, w, c)
              r = Relu (h)
              p = GlobalAveragePool (r)
              f = Flatten (p)
              v = Constant <value_floats = [0.5,0.1,0.2,0.3]> ()
              k = ConstantOfShape (s)
              m = MatMul (f, k)
              y = Add (m, v)
            }
            """
                .replace("float[6] c>", "float[6] c, int64[2] s = {6, 4}>"));
    OnnxModel changed = NewHead.replace(model, 9, 1);
    assertThat(changed.tensor("v").orElseThrow().shape()).isEqualTo(Shape.of(9));
    requireRuns(changed, 9);
  }

  @Test
  void convolutionAsClassifier() {
    OnnxModel model =
        GraphText.model(
            """
            net (float[N,3,8,8] x) => (float[N,4] y)
            <float[6,3,3,3] w, float[6] b, float[4,6,1,1] u, float[4] v> {
              h = Conv (x, w, b)
              r = Relu (h)
              g = Conv (r, u, v)
              p = GlobalAveragePool (g)
              y = Flatten (p)
            }
            """);
    OnnxModel changed = NewHead.replace(model, 5, 1);
    assertThat(changed.tensor("u").orElseThrow().shape()).isEqualTo(Shape.of(5, 6, 1, 1));
    requireRuns(changed, 5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"golden/onnx/small_cnn.nc10.onnx", "golden/onnx/plain_cnn.nc10.onnx"})
  void exported(String name) {
    requireRuns(NewHead.replace(OnnxModel.read(SharedData.path(name)), 3, 1), 3);
  }

  @Test
  void theFirstOutputsClassifierAndNotADeeperOne() {
    OnnxModel model =
        GraphText.model(
            """
            net (float[N,3,8,8] x) => (float[N,4] logits, float[N,5] emb)
            <float[6,3,3,3] w, float[6] b, float[4,6] fc.weight, float[4] fc.bias,
             float[7,6] first.weight, float[7] first.bias,
             float[5,7] second.weight, float[5] second.bias> {
              h = Conv (x, w, b)
              r = Relu (h)
              p = GlobalAveragePool (r)
              f = Flatten (p)
              logits = Gemm <transB = 1> (f, fc.weight, fc.bias)
              g = Gemm <transB = 1> (f, first.weight, first.bias)
              q = Relu (g)
              emb = Gemm <transB = 1> (q, second.weight, second.bias)
            }
            """);
    OnnxModel changed = NewHead.replace(model, 37, 1);
    assertThat(changed.tensor("fc.weight").orElseThrow().shape()).isEqualTo(Shape.of(37, 6));
    assertThat(changed.tensor("fc.bias").orElseThrow().shape()).isEqualTo(Shape.of(37));
    for (StoredTensor tensor : model.tensors()) {
      if (tensor.type().isTrainable() && !tensor.name().startsWith("fc.")) {
        StoredTensor after = changed.tensor(tensor.name()).orElseThrow();
        assertThat(after.shape()).as(tensor.name()).isEqualTo(tensor.shape());
        if (tensor.hasData()) {
          assertThat(after.floats()).as(tensor.name()).isEqualTo(tensor.floats());
        }
      }
    }
    requireRuns(changed, 37);
  }

  /** Two heads whose biases are zeros, which exporters store once. */
  @ParameterizedTest
  @ValueSource(strings = {"head.bias", "b2"})
  void anotherHeadsBiasStaysThatStartsAlike(String own) {
    String other = own.equals("b2") ? "head.bias" : "b2";
    OnnxModel model =
        GraphText.model(
            """
            net (float[N,3,8,8] x) => (float[N,5] y, float[N,5] z)
            <float[6,3,3,3] w, float[6] c, float[5,6] u, float[5,6] v, float[5] head.bias = {0,0,0,0,0}> {
              h = Conv (x, w, c)
              r = Relu (h)
              p = GlobalAveragePool (r)
              f = Flatten (p)
              b2 = Identity (head.bias)
              y = Gemm <transB = 1> (f, u, OWN)
              z = Gemm <transB = 1> (f, v, OTHER)
            }
            """
                .replace("OWN", own)
                .replace("OTHER", other));
    OnnxModel changed = NewHead.replace(model, 3, 1);
    assertThat(changed.tensor(own).orElseThrow().shape()).isEqualTo(Shape.of(3));
    assertThat(changed.tensor(other).orElseThrow().shape()).isEqualTo(Shape.of(5));
    assertThat(changed.tensor(other).orElseThrow().floats()).containsOnly(0f);
    requireRuns(changed, 3);
  }

  @Test
  void aModelWithoutClassifierIsRefused() {
    OnnxModel model =
        GraphText.model(
            """
            net (float[N,3,8,8] x) => (float[N,6,6,6] y) <float[6,3,3,3] w> {
              h = Conv (x, w)
              y = Relu (h)
            }
            """);
    assertThatThrownBy(() -> NewHead.replace(model, 5, 1))
        .isInstanceOfSatisfying(
            FineTuneException.class, e -> assertThat(e.code()).isEqualTo("OG-525"));
  }
}
