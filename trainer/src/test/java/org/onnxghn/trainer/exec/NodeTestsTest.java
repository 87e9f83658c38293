package org.onnxghn.trainer.exec;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.TensorProto;
import org.onnxghn.onnx.proto.ValueInfoProto;

/** The official ONNX node tests (Debian package libonnx-testdata, ONNX 1.12). */
class NodeTestsTest {
  private static final Path DATA = Path.of("/usr/share/libonnx-testdata/data/node");

  @Test
  void exactlyTheListedTestsPass() throws IOException {
    assumeTrue(Files.isDirectory(DATA), "skipped: no package libonnx-testdata");
    PassList list = new PassList("node-tests.tsv");
    try (Stream<Path> folders = Files.list(DATA)) {
      for (Path folder : folders.sorted().toList()) {
        list.found(folder.getFileName().toString(), outcome(folder));
      }
    }
    list.check();
  }

  /** {@code pass}, or {@code skip: } and what happened. */
  private static String outcome(Path folder) {
    try (NDManager manager = NDManager.newBaseManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      OnnxModel model = OnnxModel.read(folder.resolve("model.onnx"));
      try (Program program = Program.compile(model);
          Stream<Path> sets = Files.list(folder)) {
        for (Path set : sets.filter(Files::isDirectory).sorted().toList()) {
          check(program, model.proto(), set, manager);
        }
      }
      return "pass";
    } catch (RuntimeException | AssertionError | IOException e) {
      return PassList.reason(e);
    }
  }

  private static void check(Program program, ModelProto model, Path set, NDManager manager)
      throws IOException {
    Map<String, NDArray> inputs = new LinkedHashMap<>();
    List<ValueInfoProto> declared = model.getGraph().getInputList();
    for (int i = 0; i < declared.size(); i++) {
      inputs.put(
          declared.get(i).getName(), read(set, "input_" + i, declared.get(i)).toArray(manager));
    }
    Program.Result result = program.run(inputs, Map.of(), Program.Mode.INFERENCE);
    List<String> names = program.outputs();
    for (int i = 0; i < names.size(); i++) {
      TestTensor expected = read(set, "output_" + i, model.getGraph().getOutput(i));
      TestTensor actual = TestTensor.of(result.outputs().get(names.get(i)));
      double tolerance = expected.type().bits() == 16 ? 1e-2 : 1e-4;
      expected.assertClose(actual, tolerance, "output " + i);
    }
  }

  /** The tests' files say uint16 where the graph says bfloat16. */
  private static TestTensor read(Path set, String name, ValueInfoProto declared)
      throws IOException {
    try (InputStream in = Files.newInputStream(set.resolve(name + ".pb"))) {
      TensorProto.Builder tensor = TensorProto.parseFrom(in).toBuilder();
      if (declared.getType().getTensorType().getElemType() == ElementType.BFLOAT16.number()) {
        tensor.setDataType(ElementType.BFLOAT16.number());
      }
      return TestTensor.of(tensor.build());
    }
  }
}
