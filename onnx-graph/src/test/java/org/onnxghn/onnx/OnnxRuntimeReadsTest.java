package org.onnxghn.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.onnxghn.SharedData;

/** ONNX Runtime loads what is written, and computes with the values that were given. */
class OnnxRuntimeReadsTest {
  @TempDir Path folder;

  private static float[] run(Path model, long... shape) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    int size = (int) Shape.of(shape).elements();
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (i % 13) / 13f;
    }
    try (OrtSession session = environment.createSession(model.toString());
        OnnxTensor input = OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape);
        OrtSession.Result result =
            session.run(Map.of(session.getInputNames().iterator().next(), input))) {
      return ((OnnxTensor) result.get(0)).getFloatBuffer().array().clone();
    }
  }

  @ParameterizedTest
  @EnumSource(ExternalData.class)
  void everyPlaceOfTheDataGivesTheSameOutput(ExternalData choice) throws OrtException {
    Path in = SharedData.path("models/ext/rten__mnist/mnist.onnx");
    Path out = folder.resolve("out.onnx");
    OnnxModel.read(in).write(out, new WriteOptions(choice, false));
    assertThat(run(out, 1, 1, 28, 28)).isEqualTo(run(in, 1, 1, 28, 28));
  }

  @Test
  void aWeightlessModelRunsWithTheValuesGiven() throws OrtException {
    Path in = SharedModels.file("torchvision/squeezenet1_1.opset13.onnx.gz", folder);
    OnnxModel model = OnnxModel.read(in);
    Map<String, float[]> values = new HashMap<>();
    for (StoredTensor tensor : model.tensors()) {
      if (tensor.form() == StoredTensor.Form.GRAPH_INPUT && !tensor.name().equals("input")) {
        values.put(tensor.name(), new float[(int) tensor.shape().elements()]);
      }
    }
    Arrays.fill(values.get("classifier.1.bias"), 0.25f);
    Path out = folder.resolve("out.onnx");
    model.withParameters(values).write(out, new WriteOptions(ExternalData.ALWAYS, false));
    float[] logits = run(out, 1, 3, 224, 224);
    assertThat(logits).hasSize(1000).containsOnly(0.25f);
  }
}
