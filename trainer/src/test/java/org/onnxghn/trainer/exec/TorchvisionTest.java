package org.onnxghn.trainer.exec;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.onnxghn.SharedData;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.TensorShapeProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/**
 * Networks of torchvision with seeded random parameters give what ONNX Runtime gives. By default
 * one of each kind; {@code -Dexecutor.all=true} takes them all (some minutes).
 */
class TorchvisionTest {
  private static final Set<String> DEFAULT =
      Set.of(
          "alexnet.opset13",
          "convnext_tiny.opset13",
          "convnext_tiny.opset17",
          "densenet121.opset13",
          "efficientnet_b0.opset13",
          "googlenet.opset13",
          "mnasnet0_5.opset13",
          "mobilenet_v2.opset13",
          "mobilenet_v3_small.opset13",
          "regnet_x_800mf.opset13",
          "regnet_y_400mf.opset13",
          "resnet18.opset13",
          "resnet50.opset13",
          "shufflenet_v2_x0_5.opset13",
          "squeezenet1_1.opset13",
          "swin_t.opset17",
          "vgg11_bn.opset13",
          "vit_b_16.opset13",
          "vit_b_16.opset17");

  static Stream<String> networks() {
    boolean all = Boolean.getBoolean("executor.all");
    return SharedData.list("torchvision", ".onnx.gz")
        .map(name -> name.substring(0, name.length() - ".onnx.gz".length()))
        .filter(name -> all || DEFAULT.contains(name));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void theOutputIsThatOfOnnxRuntime(String network) throws Exception {
    // Transformers have position encodings for one size; VGG and AlexNet a classifier.
    boolean fixed =
        Stream.of("vit", "swin", "vgg", "alexnet").anyMatch(kind -> network.startsWith(kind));
    int size = fixed ? 224 : 64;
    OnnxModel model = read(network);
    Random random = new Random(network.hashCode());
    Map<String, float[]> parameters = RandomParameters.of(model, Set.of("input"), random);
    TestTensor image = TestTensor.uniform(ElementType.FLOAT, random, -1, 1, 2, 3, size, size);
    try (NDManager manager = NDManager.newBaseManager();
        Program program = Program.compile(model);
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      assertThat(program.inputs()).contains("input");
      Map<String, TestTensor> inputs = new HashMap<>(Map.of("input", image));
      for (String name : program.inputs()) {
        // Swin's indices into its table of relative positions: 13 x 13 of them.
        if (!parameters.containsKey(name) && !name.equals("input")) {
          long[] shape = model.tensor(name).orElseThrow().shape().dims();
          inputs.put(name, TestTensor.uniform(ElementType.INT64, random, 0, 169, shape));
        }
      }
      Map<String, NDArray> data = new HashMap<>();
      inputs.forEach((name, tensor) -> data.put(name, tensor.toArray(manager)));
      Map<String, NDArray> given = RandomParameters.arrays(model, parameters, manager);
      Program.Result result = program.run(data, given, Program.Mode.INFERENCE);
      TestTensor actual = TestTensor.of(result.output());
      Map<String, TestTensor> expected = OrtReference.run(model.withParameters(parameters), inputs);
      expected.values().iterator().next().assertClose(actual, 1e-4, network);
    }
  }

  /** The input's declared size is taken away, so that ONNX Runtime takes any. */
  static OnnxModel read(String network) throws Exception {
    try (InputStream in = SharedData.open("torchvision/" + network + ".onnx.gz")) {
      ModelProto.Builder model = ModelProto.parseFrom(in).toBuilder();
      for (ValueInfoProto.Builder input : model.getGraphBuilder().getInputBuilderList()) {
        if (input.getName().equals("input")) {
          TensorShapeProto.Builder shape =
              input.getTypeBuilder().getTensorTypeBuilder().getShapeBuilder();
          for (int axis : List.of(2, 3)) {
            shape.setDim(axis, TensorShapeProto.Dimension.newBuilder().setDimParam("d" + axis));
          }
        }
      }
      return OnnxModel.of(model.build());
    }
  }

  /** Random parameters that keep activations in range, and variances positive. */
  static final class RandomParameters {
    private RandomParameters() {}

    static Map<String, float[]> of(OnnxModel model, Set<String> data, Random random) {
      Map<String, float[]> parameters = new HashMap<>();
      model.tensors().stream()
          .filter(t -> t.form() == org.onnxghn.onnx.StoredTensor.Form.GRAPH_INPUT)
          .filter(t -> t.type().isTrainable() && !data.contains(t.name()))
          .forEach(
              tensor -> {
                float[] values = new float[(int) tensor.shape().elements()];
                int rank = tensor.shape().rank();
                double fan = rank < 2 ? 1 : values.length / (double) tensor.shape().dim(0);
                for (int i = 0; i < values.length; i++) {
                  values[i] =
                      rank < 2
                          ? 0.5f + random.nextFloat()
                          : (float) ((random.nextDouble() * 2 - 1) * Math.sqrt(3 / fan));
                }
                parameters.put(tensor.name(), values);
              });
      return parameters;
    }

    static Map<String, NDArray> arrays(
        OnnxModel model, Map<String, float[]> parameters, NDManager manager) {
      Map<String, NDArray> arrays = new HashMap<>();
      parameters.forEach(
          (name, values) ->
              arrays.put(
                  name,
                  manager.create(
                      values,
                      new ai.djl.ndarray.types.Shape(
                          model.tensor(name).orElseThrow().shape().dims()))));
      return arrays;
    }
  }
}
