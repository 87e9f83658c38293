package org.onnxghn.trainer.exec;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.onnxghn.GraphText;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.ValueInfoProto;

/** How tensors lie in memory changes no gradient. */
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
              => (double[2,9,5,5] y, double[2,5,5] z)
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
}
