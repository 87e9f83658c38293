package org.onnxghn.trainer.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.IntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onnxghn.SharedData;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;

/** The process does not grow: not by steps, and not by programs that come and go. */
class MemoryTest {
  private static final Path MAPPINGS = Path.of("/proc/self/smaps");

  /** The JVM keeps its heap below this address; native memory is above. */
  private static final long NATIVE = 1L << 40;

  private static final Pattern MAPPING = Pattern.compile("([0-9a-f]+)-[0-9a-f]+ ");

  @BeforeEach
  void needsProc() {
    assumeTrue(Files.exists(MAPPINGS), "skipped: no /proc/self/smaps on this system");
  }

  /** Resident native memory that something still holds. */
  private static double residentMegabytes() throws IOException {
    // Java's direct buffers are native memory that only a collection frees; when one comes is
    // chance.
    System.gc();
    boolean counts = false;
    long kilobytes = 0;
    for (String line : Files.readAllLines(MAPPINGS)) {
      Matcher mapping = MAPPING.matcher(line);
      if (mapping.lookingAt()) {
        counts = Long.parseUnsignedLong(mapping.group(1), 16) >= NATIVE;
      } else if (counts && line.startsWith("Rss:")) {
        kilobytes += Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    return kilobytes / 1e3;
  }

  /** The least of the last quarter over the most of the second: noise of malloc is in both. */
  private static double growth(int rounds, IntConsumer round) throws IOException {
    double most = 0;
    double least = Double.MAX_VALUE;
    for (int i = 0; i < rounds; i++) {
      round.accept(i);
      if (i % (rounds / 40) == 0 && i >= rounds / 4 && i < rounds / 2) {
        most = Math.max(most, residentMegabytes());
      } else if (i % (rounds / 40) == 0 && i >= rounds * 3 / 4) {
        least = Math.min(least, residentMegabytes());
      }
    }
    return least - most;
  }

  @Test
  void twoThousandTrainingStepsAreFlat() throws IOException {
    OnnxModel model = OnnxModel.read(SharedData.path("golden/onnx/small_cnn.nc10.onnx"));
    try (NDManager manager = NDManager.newBaseManager();
        Program program = Program.compile(model)) {
      Map<String, NDArray> parameters = parameters(program, manager);
      double growth = growth(2_000, i -> step(model, program, parameters, manager, i));
      assertThat(growth).as("MB").isLessThan(10);
    }
  }

  @Test
  void programsThatComeAndGoAreFlat() throws IOException {
    OnnxModel model = OnnxModel.read(SharedData.path("golden/onnx/small_cnn.nc10.onnx"));
    try (NDManager manager = NDManager.newBaseManager()) {
      double growth =
          growth(
              1_000,
              i -> {
                try (Program program = Program.compile(model);
                    NDScope scope = new NDScope()) {
                  scope.suppressNotUsedWarning();
                  step(model, program, parameters(program, manager), manager, i);
                }
              });
      assertThat(growth).as("MB").isLessThan(10);
    }
  }

  private static Map<String, NDArray> parameters(Program program, NDManager manager) {
    Map<String, NDArray> parameters = new HashMap<>();
    program
        .parameters()
        .forEach(
            (name, tensor) -> {
              if (tensor.hasData()) {
                NDArray array =
                    manager.create(
                        tensor.floats(), new ai.djl.ndarray.types.Shape(tensor.shape().dims()));
                array.setRequiresGradient(!name.contains("running_"));
                parameters.put(name, array);
              }
            });
    return parameters;
  }

  private static void step(
      OnnxModel model,
      Program program,
      Map<String, NDArray> parameters,
      NDManager manager,
      int seed) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      String input = model.proto().getGraph().getInput(0).getName();
      NDArray images =
          TestTensor.uniform(ElementType.FLOAT, new Random(seed), -1, 1, 4, 3, 32, 32)
              .toArray(manager);
      Map<String, NDArray> inputs = Map.of(input, images);
      NDArray loss =
          Autograd.recording(
              () ->
                  program
                      .run(inputs, parameters, Program.Mode.TRAINING, seed)
                      .output()
                      .square()
                      .mean());
      Autograd.backward(loss);
    }
  }
}
