package org.onnxghn.trainer.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.onnxghn.GraphText;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.ValueInfoProto;

/** How tensors lie in memory changes neither results nor gradients. */
class MemoryOrderTest {
  /**
   * A convolution with channels last (a small weight), one without (a large weight), both
   * normalised; the gradients of both are slices of that of Concat, and one is added to.
   */
  private static final OnnxModel MODEL =
      GraphText.model(
          """
          <opset_import: ["" : 17]>
          net (double[2,4,5,5] x, double[3,4,1,1] w, double[6,3,3,3] v,
               double[3] s, double[3] t, double[3] m, double[3] n,
               double[6] o, double[6] p, double[6] q, double[6] r)
              => (double[2,9,5,5] y, double[2,5,5] z, double[2,3,5,5] a, double[2,3,5,5] b,
                  double[2,6,5,5] c, double[2,6,5,5] d)
          <int64 one = {1}> {
            a = Conv (x, w)
            b = BatchNormalization (a, s, t, m, n)
            c = Conv <pads = [1,1,1,1]> (b, v)
            d = BatchNormalization (c, o, p, q, r)
            y = Concat <axis = 1> (d, b)
            z = Gather <axis = 1> (y, one)
          }
          """);

  private static Map<String, TestTensor> inputs() {
    Random random = new Random(3);
    Map<String, TestTensor> inputs = new LinkedHashMap<>();
    for (ValueInfoProto input : MODEL.proto().getGraph().getInputList()) {
      long[] shape =
          input.getType().getTensorType().getShape().getDimList().stream()
              .flatMapToLong(dim -> LongStream.of(dim.getDimValue()))
              .toArray();
      double low = "nr".contains(input.getName()) ? 0.5 : -1;
      inputs.put(input.getName(), TestTensor.uniform(TestTensor.type(11), random, low, 1.5, shape));
    }
    return inputs;
  }

  @Test
  void gradientsAreThoseOfCentralDifferences() {
    CentralDifferences.check(MODEL, inputs(), Program.Mode.BATCH_STATISTICS, "memory order");
  }

  @Test
  void whatIsNormalisedStaysInItsPlace() {
    Map<String, TestTensor> inputs = inputs();
    try (NDManager manager = NDManager.newBaseManager();
        Program program = Program.compile(MODEL)) {
      Map<String, NDArray> arrays = new LinkedHashMap<>();
      inputs.forEach((name, tensor) -> arrays.put(name, tensor.toArray(manager)));
      Map<String, NDArray> outputs =
          program.run(arrays, Map.of(), Program.Mode.BATCH_STATISTICS).outputs();
      assertNormalised(outputs.get("a"), outputs.get("b"), inputs.get("s"), inputs.get("t"));
      assertNormalised(outputs.get("c"), outputs.get("d"), inputs.get("o"), inputs.get("p"));
    }
  }

  /** By BatchNormalization's formula, for images of 25 pixels. */
  private static void assertNormalised(
      NDArray from, NDArray to, TestTensor scale, TestTensor bias) {
    double[] x = from.toDoubleArray();
    double[] y = to.toDoubleArray();
    int channels = scale.values().length;
    for (int channel = 0; channel < channels; channel++) {
      int own = channel;
      int[] places = IntStream.range(0, x.length).filter(i -> i / 25 % channels == own).toArray();
      double mean = Arrays.stream(places).mapToDouble(i -> x[i]).average().orElseThrow();
      double variance =
          Arrays.stream(places)
              .mapToDouble(i -> (x[i] - mean) * (x[i] - mean))
              .average()
              .orElseThrow();
      for (int i : places) {
        double expected = (x[i] - mean) / Math.sqrt(variance + 1e-5);
        assertThat(y[i])
            .isCloseTo(expected * scale.values()[channel] + bias.values()[channel], within(1e-9));
      }
    }
  }
}
