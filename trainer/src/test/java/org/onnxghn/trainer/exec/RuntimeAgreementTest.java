package org.onnxghn.trainer.exec;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.onnxghn.onnx.ElementType;

/**
 * Operators one by one give ONNX Runtime's outputs in float32: those of {@code gradients.txt}, and
 * {@code forward.txt} with what has no gradient, other versions and corner cases. The official node
 * tests at hand end with version 17, and have none of ONNX Runtime's own operators.
 */
class RuntimeAgreementTest {
  @Test
  void outputsAreThoseOfOnnxRuntime() throws IOException {
    PassList list = new PassList("runtime.tsv");
    List<String> lines =
        Stream.of("gradients.txt", "forward.txt")
            .flatMap(OneNode::lines)
            .filter(line -> !line.startsWith("train "))
            .toList();
    for (String line : lines) {
      list.found(line, outcome(line));
    }
    list.check();
  }

  private static String outcome(String line) {
    OneNode node = OneNode.parse(line, ElementType.FLOAT);
    Map<String, TestTensor> expected;
    try {
      expected = OrtReference.run(node.model(), node.inputs());
    } catch (OrtException e) {
      return "skip: ONNX Runtime: " + PassList.reason(e).substring("skip: ".length());
    }
    try (NDManager manager = NDManager.newBaseManager();
        NDScope scope = new NDScope();
        Program program = Program.compile(node.model())) {
      scope.suppressNotUsedWarning();
      Map<String, NDArray> arrays = new LinkedHashMap<>();
      node.inputs().forEach((name, tensor) -> arrays.put(name, tensor.toArray(manager)));
      Map<String, NDArray> actual = program.run(arrays, Map.of(), Program.Mode.INFERENCE).outputs();
      expected.forEach(
          (name, tensor) -> tensor.assertClose(TestTensor.of(actual.get(name)), 1e-4, name));
      return "pass";
    } catch (RuntimeException | AssertionError e) {
      return PassList.reason(e);
    }
  }
}
