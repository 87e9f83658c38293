package org.onnxghn.converter.runtime;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.platform.Fp16Conversions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.onnxghn.converter.initializers.RandomStream;

/** Random inputs of the declared shapes, for running a model once. */
final class TrialInputs {
  /** Of all inputs together; a model that declares more is not run. */
  static final long MAX_ELEMENTS = 1L << 26;

  private TrialInputs() {}

  /** Whether any dimension is free, so that other {@link TrialShapes.Sizes} may help. */
  static boolean anyFree(Map<String, NodeInfo> inputs) {
    return inputs.values().stream()
        .anyMatch(
            input ->
                input.getInfo() instanceof TensorInfo tensor
                    && Arrays.stream(tensor.getShape()).anyMatch(dim -> dim < 0));
  }

  /** Why no values can be made of these inputs at these sizes; empty when they can. */
  static Optional<String> obstacle(Map<String, NodeInfo> inputs, TrialShapes.Sizes sizes) {
    TrialShapes shapes = new TrialShapes(inputs, sizes);
    long total = 0;
    for (Map.Entry<String, NodeInfo> input : inputs.entrySet()) {
      if (!(input.getValue().getInfo() instanceof TensorInfo info)) {
        return Optional.of("input " + input.getKey() + " is not a tensor");
      }
      if (info.type == OnnxJavaType.UNKNOWN) {
        return Optional.of(
            "input " + input.getKey() + " has type " + info.onnxType + ", which cannot be made");
      }
      long[] shape = shapes.of(info);
      long elements = 1;
      for (long dim : shape) {
        elements = dim == 0 ? 0 : Math.min(elements, MAX_ELEMENTS) * Math.min(dim, MAX_ELEMENTS);
      }
      total += Math.min(elements, MAX_ELEMENTS + 1);
      if (total > MAX_ELEMENTS) {
        return Optional.of(
            "input " + input.getKey() + " " + Arrays.toString(shape) + " is too large to try");
      }
    }
    return Optional.empty();
  }

  /**
   * Floats are standard normal, integers 0 or 1, which is a valid index and length nearly
   * everywhere. Only for inputs without an {@link #obstacle}.
   *
   * @return tensors by input name; the caller closes them
   */
  static Map<String, OnnxTensor> create(
      OrtEnvironment environment,
      Map<String, NodeInfo> inputs,
      TrialShapes.Sizes sizes,
      RandomStream random)
      throws OrtException {
    TrialShapes shapes = new TrialShapes(inputs, sizes);
    Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, NodeInfo> input : inputs.entrySet()) {
        TensorInfo info = (TensorInfo) input.getValue().getInfo();
        long[] shape = shapes.of(info);
        tensors.put(input.getKey(), tensor(environment, info, shape, random));
      }
      return tensors;
    } catch (OrtException | RuntimeException e) {
      tensors.values().forEach(OnnxTensor::close);
      throw e;
    }
  }

  private static OnnxTensor tensor(
      OrtEnvironment environment, TensorInfo info, long[] shape, RandomStream random)
      throws OrtException {
    int elements = Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b));
    if (info.type == OnnxJavaType.STRING) {
      String[] values = new String[elements];
      Arrays.fill(values, "a");
      return OnnxTensor.createTensor(environment, values, shape);
    }
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(Math.multiplyExact(elements, info.type.size))
            .order(ByteOrder.nativeOrder());
    for (int i = 0; i < elements; i++) {
      double normal = random.normal();
      int bit = normal > 0 ? 1 : 0;
      switch (info.type) {
        case FLOAT -> buffer.putFloat((float) normal);
        case DOUBLE -> buffer.putDouble(normal);
        case FLOAT16 -> buffer.putShort(Fp16Conversions.floatToFp16((float) normal));
        case BFLOAT16 -> buffer.putShort(Fp16Conversions.floatToBf16((float) normal));
        case INT8, UINT8, BOOL -> buffer.put((byte) bit);
        case INT16 -> buffer.putShort((short) bit);
        case INT32 -> buffer.putInt(bit);
        case INT64 -> buffer.putLong(bit);
        default -> throw new IllegalStateException("type " + info.type + " has an obstacle");
      }
    }
    return OnnxTensor.createTensor(environment, buffer.rewind(), shape, info.type);
  }
}
