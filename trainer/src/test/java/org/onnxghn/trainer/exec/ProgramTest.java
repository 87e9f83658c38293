package org.onnxghn.trainer.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.NodeProto;
import org.onnxghn.onnx.proto.OperatorSetIdProto;
import org.onnxghn.onnx.proto.TensorProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

class ProgramTest {
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray array(float[] values, long... shape) {
    return manager.create(values, new Shape(shape));
  }

  @Test
  void trainingReportsTheNextRunningStatistics() {
    OneNode node =
        OneNode.parse("17 BatchNormalization x[3,2,2] s[2] b[2] m[2] v+[2] momentum=0.8");
    Map<String, NDArray> inputs = new java.util.HashMap<>();
    node.inputs().forEach((name, tensor) -> inputs.put(name, tensor.toArray(manager)));
    try (Program program = Program.compile(node.model())) {
      Program.Result result = program.run(inputs, Map.of(), Program.Mode.TRAINING);
      assertThat(result.runningStatistics()).containsOnlyKeys("m", "v");
      double[] x = node.inputs().get("x").values();
      for (int c = 0; c < 2; c++) {
        double sum = 0;
        double square = 0;
        for (int n = 0; n < 3; n++) {
          for (int i = 0; i < 2; i++) {
            double value = x[n * 4 + c * 2 + i];
            sum += value;
            square += value * value;
          }
        }
        double mean = sum / 6;
        double variance = square / 6 - mean * mean;
        double m = node.inputs().get("m").values()[c];
        double v = node.inputs().get("v").values()[c];
        assertThat(result.runningStatistics().get("m").getDouble(c))
            .isCloseTo(0.8 * m + 0.2 * mean, within(1e-9));
        assertThat(result.runningStatistics().get("v").getDouble(c))
            .isCloseTo(0.8 * v + 0.2 * variance, within(1e-9));
      }
      assertThat(program.run(inputs, Map.of(), Program.Mode.INFERENCE).runningStatistics())
          .isEmpty();
      Program.Result predicted = program.run(inputs, Map.of(), Program.Mode.TRAINING_PREDICTED);
      assertThat(predicted.runningStatistics()).isEmpty();
      assertThat(predicted.output().toDoubleArray()).isEqualTo(result.output().toDoubleArray());
    }
  }

  @Test
  void theSeedDecidesWhatIsDropped() {
    OneNode node = OneNode.parse("11 Dropout x[100,100] ratio=0.25");
    try (Program program = Program.compile(node.model())) {
      Map<String, NDArray> x = Map.of("x", manager.ones(new Shape(100, 100)));
      float[] first = run(program, x, 1);
      assertThat(run(program, x, 1)).isEqualTo(first);
      assertThat(run(program, x, 2)).isNotEqualTo(first);
      int kept = 0;
      for (float value : first) {
        assertThat(value).isIn(0f, 1 / 0.75f);
        kept += value > 0 ? 1 : 0;
      }
      // Five standard deviations.
      assertThat(kept).isBetween(7500 - 217, 7500 + 217);
      assertThat(program.run(x, Map.of(), Program.Mode.INFERENCE).output()).isEqualTo(x.get("x"));
    }
  }

  private static float[] run(Program program, Map<String, NDArray> inputs, long seed) {
    return program.run(inputs, Map.of(), Program.Mode.TRAINING, seed).output().toFloatArray();
  }

  @Test
  void gradientsGoThroughParametersToWhatTheyWereComputedFrom() {
    OneNode node = OneNode.parse("17 MatMul x[2,3] w[3,2]");
    try (Program program = Program.compile(node.model())) {
      NDArray leaf = array(new float[] {1, 2, 3, 4, 5, 6}, 6);
      leaf.setName("a.name[]");
      leaf.setRequiresGradient(true);
      NDArray x = array(new float[] {1, 1, 1, 2, 2, 2}, 2, 3);
      // Not leaf.mul(10): DJL frees the number's memory before backward reads it.
      NDArray ten = array(new float[] {10}, 1);
      NDArray y =
          Autograd.recording(
              () -> {
                Map<String, NDArray> predicted = Map.of("w", leaf.mul(ten).reshape(3, 2));
                return program.run(Map.of("x", x), predicted, Program.Mode.TRAINING).output();
              });
      assertThat(y.toFloatArray()).containsExactly(90, 120, 180, 240);
      Autograd.backward(Autograd.recording(y::sum));
      assertThat(leaf.getGradient().toFloatArray()).containsOnly(30);
      assertThat(leaf.getName()).isEqualTo("a.name[]");
    }
  }

  @Test
  void anyBatchAndTypeWithoutCompilingAgain() {
    OneNode node = OneNode.parse("17 Gemm x[2,3] w[3,2]");
    try (Program program = Program.compile(node.model())) {
      for (int batch : new int[] {1, 2, 5}) {
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
          NDArray x = manager.ones(new Shape(batch, 3), type);
          NDArray w = manager.ones(new Shape(3, 2), type);
          NDArray y =
              program.run(Map.of("x", x, "w", w), Map.of(), Program.Mode.INFERENCE).output();
          assertThat(y).isEqualTo(manager.ones(new Shape(batch, 2), type).mul(3));
        }
      }
    }
  }

  @Test
  void threadsShareAProgramAndALeaf() throws Exception {
    OneNode node = OneNode.parse("17 MatMul x[2,3] w[3,2]");
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (Program program = Program.compile(node.model())) {
      NDArray w = manager.ones(new Shape(3, 2));
      w.setRequiresGradient(true);
      List<Future<?>> steps = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        steps.add(
            threads.submit(
                () -> {
                  try (NDManager own = NDManager.newBaseManager()) {
                    Map<String, NDArray> inputs = Map.of("x", own.ones(new Shape(2, 3)));
                    Map<String, NDArray> shared = Map.of("w", w);
                    Autograd.backward(
                        Autograd.recording(
                            () ->
                                program.run(inputs, shared, Program.Mode.TRAINING).output().sum()));
                  }
                }));
      }
      for (Future<?> step : steps) {
        step.get();
      }
      assertThat(w.getGradient().toFloatArray()).containsOnly(200);
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void whatIsGivenWronglyIsNamed() {
    OneNode node = OneNode.parse("17 MatMul x[2,3] w[3,2]");
    try (Program program = Program.compile(node.model())) {
      assertThat(program.inputs()).containsExactlyInAnyOrder("x", "w");
      NDArray x = manager.ones(new Shape(2, 3));
      assertRefused(program, Map.of("x", x), "OG-501", "w");
      assertRefused(program, Map.of("x", x, "w", x.transpose(), "y", x), "OG-502", "'y'");
      assertRefused(program, Map.of("x", x, "w", x), "OG-503", "2x3");
    }
  }

  @Test
  void constantsOfFloat64AreNotRounded() {
    OnnxModel model =
        OnnxModel.of(
            ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(
                    GraphProto.newBuilder()
                        .addInput(OneNode.declared("x", ElementType.DOUBLE, 2))
                        .addInitializer(
                            TensorProto.newBuilder()
                                .setName("w")
                                .setDataType(ElementType.DOUBLE.number())
                                .addDims(2)
                                .addDoubleData(Math.PI)
                                .addDoubleData(1 / 3.0))
                        .addInitializer(
                            TensorProto.newBuilder()
                                .setName("max")
                                .setDataType(ElementType.DOUBLE.number())
                                .addDoubleData(Math.E))
                        .addNode(
                            NodeProto.newBuilder()
                                .setOpType("Mul")
                                .addInput("x")
                                .addInput("w")
                                .addOutput("y"))
                        .addNode(
                            NodeProto.newBuilder()
                                .setOpType("Clip")
                                .addInput("y")
                                .addInput("")
                                .addInput("max")
                                .addOutput("z"))
                        .addOutput(ValueInfoProto.newBuilder().setName("z")))
                .build());
    try (Program program = Program.compile(model)) {
      NDArray x = manager.ones(new Shape(2), DataType.FLOAT64);
      assertThat(
              program
                  .run(Map.of("x", x), Map.of(), Program.Mode.INFERENCE)
                  .output()
                  .toDoubleArray())
          .containsExactly(Math.E, 1 / 3.0);
    }
  }

  private static void assertRefused(
      Program program, Map<String, NDArray> inputs, String code, String word) {
    assertThatThrownBy(() -> program.run(inputs, Map.of(), Program.Mode.INFERENCE))
        .isInstanceOfSatisfying(
            ExecutorException.class,
            refused -> {
              assertThat(refused.code()).isEqualTo(code);
              assertThat(refused).hasMessageContaining(word);
            });
  }
}
