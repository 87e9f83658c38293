package org.onnxghn.trainer.exec;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.onnxghn.onnx.OnnxModel;

/** What ONNX Runtime makes of a model, without its optimisations. */
final class OrtReference {
  private OrtReference() {}

  static Map<String, TestTensor> run(OnnxModel model, Map<String, TestTensor> inputs)
      throws OrtException {
    OrtEnvironment environment =
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
    List<OnnxTensor> made = new ArrayList<>();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(2);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
      try (OrtSession session = environment.createSession(model.toProto().toByteArray(), options)) {
        Map<String, OnnxTensor> given = new HashMap<>();
        for (String name : session.getInputNames()) {
          OnnxTensor tensor = inputs.get(name).toOrt(environment);
          made.add(tensor);
          given.put(name, tensor);
        }
        try (OrtSession.Result result = session.run(given)) {
          Map<String, TestTensor> outputs = new LinkedHashMap<>();
          for (Map.Entry<String, OnnxValue> output : result) {
            outputs.put(output.getKey(), tensor(output.getValue()));
          }
          return outputs;
        }
      }
    } finally {
      made.forEach(OnnxTensor::close);
    }
  }

  private static TestTensor tensor(OnnxValue value) {
    if (!(value instanceof OnnxTensor tensor)) {
      return null;
    }
    TensorInfo info = tensor.getInfo();
    if (info.getNumElements() == 0) {
      // There may be no memory behind its buffer.
      return new TestTensor(TestTensor.type(info.onnxType.value), info.getShape(), new double[0]);
    }
    double[] values =
        switch (info.type) {
          case FLOAT, FLOAT16, BFLOAT16 -> {
            float[] floats = new float[(int) info.getNumElements()];
            tensor.getFloatBuffer().get(floats);
            yield TestTensor.doubles(floats);
          }
          case DOUBLE -> {
            double[] doubles = new double[(int) info.getNumElements()];
            tensor.getDoubleBuffer().get(doubles);
            yield doubles;
          }
          case INT64 -> {
            long[] longs = new long[(int) info.getNumElements()];
            tensor.getLongBuffer().get(longs);
            yield java.util.Arrays.stream(longs).asDoubleStream().toArray();
          }
          case INT32 -> {
            int[] ints = new int[(int) info.getNumElements()];
            tensor.getIntBuffer().get(ints);
            yield java.util.Arrays.stream(ints).asDoubleStream().toArray();
          }
          default -> {
            byte[] bytes = new byte[(int) info.getNumElements()];
            tensor.getByteBuffer().get(bytes);
            double[] doubles = new double[bytes.length];
            for (int i = 0; i < bytes.length; i++) {
              doubles[i] = bytes[i];
            }
            yield doubles;
          }
        };
    return new TestTensor(TestTensor.type(info.onnxType.value), info.getShape(), values);
  }
}
