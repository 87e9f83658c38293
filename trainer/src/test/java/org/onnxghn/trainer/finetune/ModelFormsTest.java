package org.onnxghn.trainer.finetune;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.StoredTensor;

/** Models as different exporters write them. */
class ModelFormsTest {
  @TempDir Path folder;
  private Path images;

  @BeforeEach
  void makeImages() {
    images = SmallTask.images(folder.resolve("data"), 48);
  }

  private FineTuneOptions options(Path model, int epochs) {
    return SmallTask.options(model, images, folder, SmallTask.recipe(epochs));
  }

  private static FineTuneReport run(FineTuneOptions options) {
    return FineTuning.run(options, FineTuneObserver.SILENT);
  }

  @Test
  void aModelThatEndsInSoftmaxLearnsFromItsLogits() {
    String text =
        SmallTask.NET
            .replace("output = Gemm", "logits = Gemm")
            .replace("fc.weight, fc.bias)\n", "fc.weight, fc.bias)\n  output = Softmax (logits)\n");
    Path model = SmallTask.model(folder.resolve("soft.onnx"), text, 3);
    FineTuneReport report = run(options(model, 8));
    assertThat(report.best().top1()).isGreaterThan(0.9);
    assertThat(report.verification().agreement().disagreeing()).isZero();
    OnnxModel tuned = OnnxModel.read(folder.resolve("tuned.onnx"));
    assertThat(tuned.proto().getGraph().getOutputList())
        .singleElement()
        .satisfies(output -> assertThat(output.getName()).isEqualTo("output"));
  }

  /** Of probabilities, the loss of three classes would not fall below -log(e / (e + 2)) = 0.551. */
  @Test
  void aModelThatReshapesItsSoftmaxLearnsFromItsLogits() {
    String text =
        SmallTask.NET
            .replace("{0.1}>", "{0.1}, int64[2] rows = {-1, CLASSES}>")
            .replace("output = Gemm", "logits = Gemm")
            .replace(
                "fc.weight, fc.bias)\n",
                "fc.weight, fc.bias)\n  s = Softmax (logits)\n  output = Reshape (s, rows)\n");
    Path model = SmallTask.model(folder.resolve("reshaped.onnx"), text, 3);
    FineTuneReport report = run(options(model, 8));
    assertThat(report.best().top1()).isGreaterThan(0.9);
    assertThat(report.best().loss()).isLessThan(0.55);
    assertThat(report.verification().agreement().disagreeing()).isZero();
  }

  /** Weight decay would change a parameter that no gradient reaches. */
  @Test
  void whatOnlyAnotherOutputNeedsStaysAsItIs() {
    String text =
        SmallTask.NET
            .replace("(float[N,CLASSES] output)", "(float[N,CLASSES] output, float[N,5] aux)")
            .replace("{0.1}>", "{0.1}, float[5,12] aux.weight>")
            .replace("output = Gemm", "aux = Gemm <transB = 1> (f, aux.weight)\n  output = Gemm");
    Path model = SmallTask.model(folder.resolve("two.onnx"), text, 3);
    FineTuneReport report = run(options(model, 1));
    assertThat(report.succeeded()).isTrue();
    assertThat(report.parameters().trained()).isEqualTo(7);
    assertThat(report.findings())
        .anySatisfy(
            finding -> {
              assertThat(finding.code()).isEqualTo(FineTuneException.KEPT);
              assertThat(finding.tensor()).isEqualTo("aux.weight");
              assertThat(finding.message()).contains("aux.weight").contains("no gradient");
            });
    OnnxModel before = OnnxModel.read(model);
    OnnxModel after = OnnxModel.read(folder.resolve("tuned.onnx"));
    assertThat(after.proto().getGraph().getOutputCount()).isEqualTo(2);
    assertThat(after.tensor("aux.weight").orElseThrow().floats())
        .isEqualTo(before.tensor("aux.weight").orElseThrow().floats());
    assertThat(after.tensor("fc.weight").orElseThrow().floats())
        .isNotEqualTo(before.tensor("fc.weight").orElseThrow().floats());
  }

  /** A weight that two layers share, and one that is a Constant node. */
  @Test
  void sharedWeightsAndConstants() {
    String text =
        """
        net (float[N,3,12,12] x) => (float[N,CLASSES] y)
        <float[8,3,3,3] first, float[8,8,3,3] shared, float[8,CLASSES] fc> {
          a = Conv <pads = [1,1,1,1], strides = [2,2]> (x, first)
          b = Relu (a)
          c = Conv <pads = [1,1,1,1]> (b, shared)
          d = Relu (c)
          e = Conv <pads = [1,1,1,1]> (d, shared)
          f = Relu (e)
          p = GlobalAveragePool (f)
          v = Flatten (p)
          bias = Constant <value_floats = [0.0,0.0,0.0]> ()
          m = MatMul (v, fc)
          y = Add (m, bias)
        }
        """;
    Path model = SmallTask.model(folder.resolve("shared.onnx"), text, 3);
    FineTuneReport report = run(options(model, 3));
    assertThat(report.succeeded()).isTrue();
    assertThat(report.parameters().trained()).isEqualTo(4);
    OnnxModel before = OnnxModel.read(model);
    OnnxModel after = OnnxModel.read(folder.resolve("tuned.onnx"));
    assertThat(after.tensor("bias").orElseThrow().form())
        .isEqualTo(StoredTensor.Form.CONSTANT_NODE);
    for (String name : List.of("first", "shared", "fc", "bias")) {
      assertThat(after.tensor(name).orElseThrow().floats())
          .as(name)
          .isNotEqualTo(before.tensor(name).orElseThrow().floats());
    }
  }

  @Test
  void channelsLastAndAFixedBatch() {
    String text =
        SmallTask.NET
            .replace("float[N,3,12,12] input", "float[8,12,12,3] input")
            .replace("float[N,CLASSES]", "float[8,CLASSES]")
            .replace("c1 = Conv", "t = Transpose <perm = [0,3,1,2]> (input)\n  c1 = Conv")
            .replace("(input, conv1.weight)", "(t, conv1.weight)");
    Path model = SmallTask.model(folder.resolve("last.onnx"), text, 3);
    FineTuneReport report = run(options(model, 4));
    assertThat(report.succeeded()).isTrue();
    assertThat(report.steps()).isEqualTo(4 * 18);
    assertThat(report.best().top1()).isGreaterThan(0.6);
  }

  /** Eight do not divide the validation images: the last batch is filled up. */
  @Test
  void aBatchThatAReshapeNames() {
    images = SmallTask.images(folder.resolve("few"), 12);
    Path model = SmallTask.model(folder.resolve("eight.onnx"), SmallTask.EIGHT, 3);
    FineTuneReport report = run(options(model, 2));
    assertThat(report.succeeded()).isTrue();
    assertThat(report.steps()).isEqualTo(2 * 4);
    assertThat(report.validation().images()).isEqualTo(12);
    Agreement agreement = report.verification().agreement();
    assertThat(agreement.images()).isEqualTo(12);
    assertThat(agreement.executor()).isEqualTo(agreement.runtime());
  }
}
