package org.onnxghn.trainer.exec;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.io.InputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.onnxghn.SharedData;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.StoredTensor;
import org.onnxghn.onnx.proto.ModelProto;

/**
 * Times the executor beside the same networks in op-by-op DJL calls, and compiling: {@code mvn
 * -Pbench -pl trainer -am verify -DskipTests}. Medians; the two take turns, so that a busy machine
 * slows both.
 */
public final class ExecutorBenchmark {
  private static final int ROUNDS = 25;

  private ExecutorBenchmark() {}

  /** No arguments. */
  public static void main(String[] arguments) throws Exception {
    System.out.printf(
        "%-28s %10s %10s %6s%n", "ms, median of " + ROUNDS, "executor", "op by op", "ratio");
    OnnxModel resnet;
    try (InputStream in = SharedData.open("torchvision/resnet18.opset13.onnx.gz")) {
      resnet = OnnxModel.of(ModelProto.parseFrom(in));
    }
    compare("ResNet-18, 8x3x64x64", resnet, OpByOp::resnet18, new Shape(8, 3, 64, 64));
    compare("ViT-tiny, 8x3x64x64", VitTiny.onnx(), VitTiny::opByOp, new Shape(8, 3, 64, 64));
    compare("500 small ops, 8x16", SmallOps.onnx(), SmallOps::opByOp, new Shape(8, 16));
    compiling("resnet18.opset13");
    compiling("mobilenet_v3_small.opset13");
    compiling("vit_b_16.opset13");
    compiling("densenet121.opset13");
  }

  /** A network as DJL calls. */
  interface Network {
    NDArray forward(NDArray input, Map<String, NDArray> parameters);
  }

  private static void compare(String name, OnnxModel model, Network network, Shape shape) {
    try (NDManager manager = NDManager.newBaseManager();
        Program program = Program.compile(model)) {
      Random random = new Random(0);
      NDArray input = random(manager, random, shape, 1);
      Map<String, NDArray> parameters = parameters(model, manager, random);
      Supplier<NDArray> compiled =
          () -> program.run(Map.of("input", input), parameters, Program.Mode.INFERENCE).output();
      Supplier<NDArray> calls = () -> network.forward(input, parameters);
      requireSame(name, compiled, calls);
      row(name + " forward", compiled, calls, false);
      parameters.forEach((key, p) -> p.setRequiresGradient(!key.contains("running_")));
      row(name + " with backward", compiled, calls, true);
    }
  }

  private static Map<String, NDArray> parameters(
      OnnxModel model, NDManager manager, Random random) {
    Map<String, NDArray> parameters = new LinkedHashMap<>();
    for (StoredTensor tensor : model.tensors()) {
      if (tensor.form() == StoredTensor.Form.GRAPH_INPUT && !tensor.name().equals("input")) {
        Shape shape = new Shape(tensor.shape().dims());
        double fan = shape.dimension() < 2 ? 1 : (double) shape.size() / shape.get(0);
        NDArray values = random(manager, random, shape, Math.sqrt(1 / fan));
        parameters.put(tensor.name(), shape.dimension() < 2 ? values.abs().add(0.5) : values);
      }
    }
    return parameters;
  }

  private static NDArray random(NDManager manager, Random random, Shape shape, double scale) {
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * scale);
    }
    return manager.create(values, shape);
  }

  private static void requireSame(String name, Supplier<NDArray> a, Supplier<NDArray> b) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray x = Autograd.off(a);
      double difference = x.sub(Autograd.off(b)).abs().max().getFloat() / x.abs().max().getFloat();
      if (!(difference < 1e-4)) {
        throw new IllegalStateException(name + ": the two differ by " + difference);
      }
    }
  }

  private static void row(String name, Supplier<NDArray> a, Supplier<NDArray> b, boolean backward) {
    double[][] times = new double[2][ROUNDS];
    for (int i = -5; i < ROUNDS; i++) {
      for (int which = 0; which < 2; which++) {
        double time = time(which == 0 ? a : b, backward);
        if (i >= 0) {
          times[which][i] = time;
        }
      }
    }
    double executor = median(times[0]);
    double calls = median(times[1]);
    System.out.printf("%-36s %8.2f %10.2f %6.2f%n", name, executor, calls, executor / calls);
  }

  private static double time(Supplier<NDArray> network, boolean backward) {
    long start = System.nanoTime();
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      if (backward) {
        Autograd.backward(Autograd.recording(() -> network.get().sum()));
      } else {
        Autograd.off(network).toFloatArray();
      }
    }
    return (System.nanoTime() - start) / 1e6;
  }

  private static double median(double[] times) {
    double[] sorted = times.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** From the model in memory to a program that PyTorch has loaded and run once. */
  private static void compiling(String network) throws Exception {
    OnnxModel model;
    try (InputStream in = SharedData.open("torchvision/" + network + ".onnx.gz")) {
      model = OnnxModel.of(ModelProto.parseFrom(in));
    }
    double[] text = new double[ROUNDS];
    double[] load = new double[ROUNDS];
    try (NDManager manager = NDManager.newBaseManager()) {
      for (int i = 0; i < ROUNDS; i++) {
        long start = System.nanoTime();
        CompiledText compiled =
            GraphCompiler.compile(model, Program.Mode.INFERENCE, Set.of(), Autocast.OFF);
        text[i] = (System.nanoTime() - start) / 1e6;
        start = System.nanoTime();
        TorchScriptModule.load(manager.getDevice(), compiled.text()).close();
        load[i] = (System.nanoTime() - start) / 1e6;
      }
    }
    System.out.printf(
        "compiling %-26s %d nodes: text %.1f ms, PyTorch %.1f ms%n",
        network, model.proto().getGraph().getNodeCount(), median(text), median(load));
  }
}
