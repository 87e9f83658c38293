package org.onnxghn.trainer.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onnxghn.ghn.Ghn;
import org.onnxghn.graph.ParameterSlot;
import org.onnxghn.trainer.deepnets.DeepNets;
import org.onnxghn.trainer.exec.Autograd;
import org.onnxghn.trainer.exec.Program;

/**
 * The CPU time of training steps of {@code cifar-small}, forward and backward, beside that of their
 * matrix products, convolutions and attention alone, as PyTorch's profiler has it: {@code mvn
 * -Pbench -pl trainer -am verify -DskipTests}. One thread.
 */
public final class StepBenchmark {
  private static final int STEPS = 10;

  /** What a step cannot do without; the rest is in between. */
  private static final Set<String> PRODUCTS =
      Set.of(
          "aten::mm",
          "aten::addmm",
          "aten::bmm",
          "aten::mkldnn_convolution",
          "aten::_slow_conv2d_forward",
          "aten::_slow_conv2d_backward",
          "aten::convolution_backward",
          "aten::_scaled_dot_product_flash_attention_for_cpu",
          "aten::_scaled_dot_product_flash_attention_for_cpu_backward");

  /** What the networks themselves do in between, in any implementation without fused operators. */
  private static final Set<String> BETWEEN =
      Set.of(
          "aten::native_batch_norm",
          "aten::native_batch_norm_backward",
          "aten::native_layer_norm",
          "aten::native_layer_norm_backward",
          "aten::clamp_min",
          "aten::threshold_backward",
          "aten::max_pool2d_with_indices",
          "aten::max_pool2d_with_indices_backward",
          "aten::avg_pool2d",
          "aten::avg_pool2d_backward");

  private StepBenchmark() {}

  /** No arguments. */
  public static void main(String[] arguments) throws Exception {
    TrainingConfig config = ConfigFile.read("cifar-small", List.of());
    DeepNets networks = config.trainingDeepNets();
    List<List<TargetNetwork>> batches = new ArrayList<>();
    for (int step = 0; step < STEPS; step++) {
      List<TargetNetwork> batch = new ArrayList<>();
      for (int i = 0; i < config.optimizer().metaBatch(); i++) {
        batch.add(TargetNetwork.of(networks.get((long) step * 100 + i)));
      }
      batches.add(batch);
    }
    int images = config.images().batch();
    try (NDManager manager = NDManager.newBaseManager();
        Weights weights = new Weights(config, null, Device.cpu());
        NetworkLoss loss =
            new NetworkLoss(Device.cpu(), config.optimizer().normPenalty(), false, 0)) {
      NDArray x = manager.randomNormal(new Shape(images, 3, 32, 32));
      NDArray y = manager.zeros(new Shape(images), DataType.INT64);
      all(batches, weights.ghn(), loss, x, y);
      long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      all(batches, weights.ghn(), loss, x, y);
      double whole =
          (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start) / 1e9 / STEPS;
      Path trace = Files.createTempFile("step", ".json");
      JniUtils.startProfile(false, false, false);
      all(batches, weights.ghn(), loss, x, y);
      JniUtils.stopProfile(trace.toString());
      JsonNode events = new ObjectMapper().readTree(trace.toFile());
      double products = seconds(PRODUCTS, events) / STEPS;
      double between = seconds(BETWEEN, events) / STEPS;
      Files.delete(trace);
      System.out.printf(
          "a step of cifar-small (%d networks, %d images): %.3f CPU-seconds, of these %.3f in matrix"
              + " products, convolutions and attention: ratio %.2f; %.3f in normalisation, ReLU and"
              + " pooling%n",
          config.optimizer().metaBatch(), images, whole, products, whole / products, between);
    }
  }

  private static void all(
      List<List<TargetNetwork>> batches, Ghn ghn, NetworkLoss loss, NDArray x, NDArray y) {
    for (List<TargetNetwork> batch : batches) {
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        NDArray total =
            Autograd.recording(
                () -> {
                  List<Map<ParameterSlot, NDArray>> predicted =
                      ghn.forward(batch.stream().map(TargetNetwork::graph).toList(), 0);
                  NDArray sum = null;
                  for (int i = 0; i < batch.size(); i++) {
                    NDArray logits =
                        batch.get(i).run(x, predicted.get(i), Program.Mode.TRAINING_PREDICTED, i);
                    NDArray one = loss.of(logits, y, predicted.get(i).values()).loss();
                    sum = sum == null ? one : sum.add(one);
                  }
                  return sum;
                });
        Autograd.backward(total);
      }
    }
  }

  /** Seconds of these operators, with what they call. */
  private static double seconds(Set<String> operators, JsonNode trace) {
    Map<String, Deque<JsonNode>> open = new HashMap<>();
    double[] micros = new double[1];
    trace.forEach(
        event -> {
          if (!event.has("dur")) {
            return;
          }
          Deque<JsonNode> stack =
              open.computeIfAbsent(event.path("tid").asText(), key -> new ArrayDeque<>());
          while (!stack.isEmpty() && end(stack.peek()) <= event.path("ts").asDouble()) {
            stack.pop();
          }
          boolean inside = stack.stream().anyMatch(outer -> isOneOf(operators, outer));
          if (isOneOf(operators, event) && !inside) {
            micros[0] += event.path("dur").asDouble();
          }
          stack.push(event);
        });
    return micros[0] / 1e6;
  }

  private static boolean isOneOf(Set<String> operators, JsonNode event) {
    return operators.contains(event.path("name").asText());
  }

  private static double end(JsonNode event) {
    return event.path("ts").asDouble() + event.path("dur").asDouble();
  }
}
