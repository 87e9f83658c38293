package org.onnxghn.trainer.exec;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Random;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.OperatorSetIdProto;
import org.onnxghn.onnx.proto.TensorProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/** A tensor between ONNX files, DJL and ONNX Runtime; values as doubles, whatever the type. */
record TestTensor(ElementType type, long[] shape, double[] values) {
  static double[] doubles(float[] floats) {
    double[] doubles = new double[floats.length];
    for (int i = 0; i < floats.length; i++) {
      doubles[i] = floats[i];
    }
    return doubles;
  }

  static ElementType type(int number) {
    return ElementType.of(number);
  }

  static TestTensor uniform(
      ElementType type, Random random, double low, double high, long... shape) {
    double[] values = new double[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      double value = low + (high - low) * random.nextDouble();
      values[i] = type.isTrainable() ? (float) value : Math.floor(value);
    }
    return new TestTensor(type, shape, values);
  }

  /** The tensor of a file, decoded by the model reader. */
  static TestTensor of(TensorProto proto) {
    ElementType type = ElementType.of(proto.getDataType());
    TensorProto named = proto.toBuilder().setName("t").build();
    OnnxModel model =
        OnnxModel.of(
            ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
                .setGraph(
                    GraphProto.newBuilder()
                        .addInitializer(named)
                        .addOutput(ValueInfoProto.newBuilder().setName("t")))
                .build());
    var stored = model.tensor("t").orElseThrow();
    double[] values =
        type.isTrainable()
            ? stored.doubles()
            : Arrays.stream(stored.longs()).asDoubleStream().toArray();
    return new TestTensor(type, stored.shape().dims(), values);
  }

  NDArray toArray(NDManager manager) {
    NDArray exact = manager.create(values, new Shape(shape));
    return exact.toType(
        switch (type) {
          case FLOAT16 -> DataType.FLOAT16;
          case DOUBLE -> DataType.FLOAT64;
          case INT64, UINT32, UINT64 -> DataType.INT64;
          case INT32, UINT16, INT16 -> DataType.INT32;
          case INT8 -> DataType.INT8;
          case UINT8 -> DataType.UINT8;
          case BOOL -> DataType.BOOLEAN;
          default -> DataType.FLOAT32;
        },
        false);
  }

  OnnxTensor toOrt(OrtEnvironment environment) throws OrtException {
    return switch (type) {
      case DOUBLE -> OnnxTensor.createTensor(environment, DoubleBuffer.wrap(values), shape);
      case INT64 ->
          OnnxTensor.createTensor(
              environment,
              LongBuffer.wrap(Arrays.stream(values).mapToLong(v -> (long) v).toArray()),
              shape);
      case INT32 ->
          OnnxTensor.createTensor(
              environment,
              IntBuffer.wrap(Arrays.stream(values).mapToInt(v -> (int) v).toArray()),
              shape);
      case BOOL -> OnnxTensor.createTensor(environment, bytes(), shape, OnnxJavaType.BOOL);
      case UINT8 -> OnnxTensor.createTensor(environment, bytes(), shape, OnnxJavaType.UINT8);
      case INT8 -> OnnxTensor.createTensor(environment, bytes(), shape, OnnxJavaType.INT8);
      default -> {
        FloatBuffer floats = FloatBuffer.allocate(values.length);
        Arrays.stream(values).forEach(v -> floats.put((float) v));
        yield OnnxTensor.createTensor(environment, floats.rewind(), shape);
      }
    };
  }

  private ByteBuffer bytes() {
    ByteBuffer bytes = ByteBuffer.allocateDirect(values.length);
    Arrays.stream(values).forEach(v -> bytes.put((byte) v));
    return bytes.rewind();
  }

  static TestTensor of(NDArray array) {
    double[] values = array.toType(DataType.FLOAT64, false).toDoubleArray();
    ElementType type = array.getDataType().isFloating() ? ElementType.FLOAT : ElementType.INT64;
    return new TestTensor(type, array.getShape().getShape(), values);
  }

  /**
   * Asserts the same shape, and values within a tolerance relative to the largest one (and 1e-7).
   */
  void assertClose(TestTensor actual, double relative, String what) {
    assertThat(actual.shape).as(what + ": shape").isEqualTo(shape);
    double scale = 0;
    for (double value : values) {
      scale = Double.isFinite(value) ? Math.max(scale, Math.abs(value)) : scale;
    }
    for (int i = 0; i < values.length; i++) {
      double a = values[i];
      double b = actual.values[i];
      if (a == b || Double.isNaN(a) && Double.isNaN(b)) {
        continue;
      }
      if (!(Math.abs(a - b) <= relative * scale + 1e-7)) {
        throw new AssertionError(
            what + ": element " + i + " is " + b + ", expected " + a + " (largest " + scale + ")");
      }
    }
  }
}
