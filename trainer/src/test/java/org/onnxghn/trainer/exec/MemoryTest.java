package org.onnxghn.trainer.exec;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onnxghn.SharedData;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.trainer.ResidentMemory;

/** The process does not grow: not by steps, and not by programs that come and go. */
class MemoryTest {
  @BeforeEach
  void needsProc() {
    ResidentMemory.assumeMeasurable();
  }

  @Test
  void twoThousandTrainingStepsAreFlat() throws IOException {
    OnnxModel model = OnnxModel.read(SharedData.path("golden/onnx/small_cnn.nc10.onnx"));
    try (NDManager manager = NDManager.newBaseManager();
        Program program = Program.compile(model)) {
      Map<String, NDArray> parameters = parameters(program, manager);
      double growth =
          ResidentMemory.growth(2_000, i -> step(model, program, parameters, manager, i));
      assertThat(growth).as("MB").isLessThan(10);
    }
  }

  @Test
  void programsThatComeAndGoAreFlat() throws IOException {
    OnnxModel model = OnnxModel.read(SharedData.path("golden/onnx/small_cnn.nc10.onnx"));
    try (NDManager manager = NDManager.newBaseManager()) {
      double growth =
          ResidentMemory.growth(
              1_000,
              i -> {
                try (Program program = Program.compile(model);
                    NDScope scope = new NDScope()) {
                  scope.suppressNotUsedWarning();
                  step(model, program, parameters(program, manager), manager, i);
                }
              });
      assertThat(growth).as("MB").isLessThan(10);
    }
  }

  private static Map<String, NDArray> parameters(Program program, NDManager manager) {
    Map<String, NDArray> parameters = new HashMap<>();
    program
        .parameters()
        .forEach(
            (name, tensor) -> {
              if (tensor.hasData()) {
                NDArray array =
                    manager.create(
                        tensor.floats(), new ai.djl.ndarray.types.Shape(tensor.shape().dims()));
                array.setRequiresGradient(!name.contains("running_"));
                parameters.put(name, array);
              }
            });
    return parameters;
  }

  private static void step(
      OnnxModel model,
      Program program,
      Map<String, NDArray> parameters,
      NDManager manager,
      int seed) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      String input = model.proto().getGraph().getInput(0).getName();
      NDArray images =
          TestTensor.uniform(ElementType.FLOAT, new Random(seed), -1, 1, 4, 3, 32, 32)
              .toArray(manager);
      Map<String, NDArray> inputs = Map.of(input, images);
      NDArray loss =
          Autograd.recording(
              () ->
                  program
                      .run(inputs, parameters, Program.Mode.TRAINING, seed)
                      .output()
                      .square()
                      .mean());
      Autograd.backward(loss);
    }
  }
}
