package org.onnxghn.trainer.exec;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.onnxghn.onnx.OnnxModel;

/** Compares gradients with central differences of a random weighted sum of all outputs. */
final class CentralDifferences {
  private static final double STEP = 1e-5;
  private static final double TOLERANCE = 1e-5;

  private CentralDifferences() {}

  static void check(
      OnnxModel model, Map<String, TestTensor> inputs, Program.Mode mode, String what) {
    try (NDManager manager = NDManager.newBaseManager();
        Program program = Program.compile(model);
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      Map<String, double[]> analytic = analytic(program, inputs, mode, manager);
      inputs.forEach(
          (name, tensor) -> {
            double[] numeric = new double[tensor.values().length];
            for (int i = 0; i < numeric.length; i++) {
              numeric[i] = difference(program, inputs, mode, tensor.values(), i, manager);
            }
            compare(numeric, analytic.get(name), what + ": " + name);
          });
    }
  }

  /** The outputs are those of ONNX Runtime. */
  static void checkForward(OnnxModel model, Map<String, TestTensor> inputs) throws Exception {
    Map<String, TestTensor> expected = OrtReference.run(model, inputs);
    try (NDManager manager = NDManager.newBaseManager();
        Program program = Program.compile(model)) {
      Map<String, NDArray> arrays = new LinkedHashMap<>();
      inputs.forEach((name, tensor) -> arrays.put(name, tensor.toArray(manager)));
      Map<String, NDArray> actual = program.run(arrays, Map.of(), Program.Mode.INFERENCE).outputs();
      expected.forEach(
          (name, tensor) -> tensor.assertClose(TestTensor.of(actual.get(name)), 1e-9, name));
    }
  }

  private static void compare(double[] numeric, double[] analytic, String what) {
    double scale = 1e-3;
    for (double value : numeric) {
      scale = Math.max(scale, Math.abs(value));
    }
    for (int i = 0; i < numeric.length; i++) {
      assertThat(Math.abs(analytic[i] - numeric[i]))
          .as("%s[%d]: gradient %s, difference %s", what, i, analytic[i], numeric[i])
          .isLessThanOrEqualTo(TOLERANCE * scale);
    }
  }

  private static Map<String, double[]> analytic(
      Program program, Map<String, TestTensor> inputs, Program.Mode mode, NDManager manager) {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    inputs.forEach((name, tensor) -> arrays.put(name, tensor.toArray(manager)));
    arrays.values().forEach(array -> array.setRequiresGradient(true));
    Autograd.backward(Autograd.recording(() -> loss(program.run(arrays, Map.of(), mode, 7))));
    Map<String, double[]> gradients = new LinkedHashMap<>();
    // DJL's gradient of a leaf that the loss does not depend on is a float32 zero.
    arrays.forEach(
        (name, array) ->
            gradients.put(
                name, array.getGradient().toType(DataType.FLOAT64, false).toDoubleArray()));
    return gradients;
  }

  private static double difference(
      Program program,
      Map<String, TestTensor> inputs,
      Program.Mode mode,
      double[] values,
      int index,
      NDManager manager) {
    double value = values[index];
    double[] losses = new double[2];
    for (int side = 0; side < 2; side++) {
      values[index] = value + (side == 0 ? STEP : -STEP);
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        inputs.forEach((name, tensor) -> arrays.put(name, tensor.toArray(manager)));
        losses[side] = Autograd.off(() -> loss(program.run(arrays, Map.of(), mode, 7)).getDouble());
      }
    }
    values[index] = value;
    return (losses[0] - losses[1]) / (2 * STEP);
  }

  private static NDArray loss(Program.Result result) {
    Random random = new Random(1);
    NDArray sum = null;
    for (NDArray output : result.outputs().values()) {
      double[] weights = random.doubles(output.size(), 0.5, 1.5).toArray();
      if (!output.getDataType().isFloating()) {
        continue;
      }
      NDArray weighted = output.mul(output.getManager().create(weights, output.getShape())).sum();
      sum = sum == null ? weighted : sum.add(weighted);
    }
    return sum;
  }
}
