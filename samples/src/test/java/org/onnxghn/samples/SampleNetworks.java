package org.onnxghn.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.onnxghn.converter.cli.Main;
import org.onnxghn.graph.ImportedGraph;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.OnnxModel;
import org.onnxghn.onnx.WriteOptions;
import org.onnxghn.trainer.exec.Program;

/** What is asked of every sample network. */
final class SampleNetworks {
  private SampleNetworks() {}

  /** All of onnx-ghn takes it, and the executor computes what ONNX Runtime does. */
  static void check(OnnxModel model, Path folder) throws Exception {
    ImportedGraph imported = GraphImporter.importGraph(model);
    assertThat(imported.findings()).isEmpty();
    // Every parameter has a node, so that a hypernetwork predicts all of them.
    assertThat(imported.parameters())
        .filteredOn(parameter -> parameter.role().isTrainable())
        .allSatisfy(parameter -> assertThat(parameter.slots()).as(parameter.name()).isNotEmpty());
    Path file = folder.resolve("network.onnx");
    model.write(file, WriteOptions.DEFAULT);
    Path initialised = folder.resolve("network.init.onnx");
    StringWriter err = new StringWriter();
    String[] convert = {
      "convert", file.toString(), "-o", initialised.toString(), "--checkpoint", "none"
    };
    assertThat(Main.run(convert, new PrintWriter(err), new PrintWriter(err))).as(err + "").isZero();
    String[] check = {"check", initialised.toString(), "--for", "finetune"};
    assertThat(Main.run(check, new PrintWriter(err), new PrintWriter(err))).as(err + "").isZero();
    compare(initialised);
  }

  private static void compare(Path file) throws Exception {
    float[] images = new float[2 * 3 * 32 * 32];
    Random random = new Random(1);
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) random.nextGaussian();
    }
    float[] expected;
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(file.toString());
        OnnxTensor input =
            OnnxTensor.createTensor(
                environment, FloatBuffer.wrap(images), new long[] {2, 3, 32, 32});
        OrtSession.Result result = session.run(Map.of("input", input))) {
      FloatBuffer buffer = ((OnnxTensor) result.get(0)).getFloatBuffer();
      expected = new float[buffer.remaining()];
      buffer.get(expected);
    }
    try (Program program = Program.compile(OnnxModel.read(file));
        NDManager manager = NDManager.newBaseManager()) {
      NDArray input = manager.create(images, new Shape(2, 3, 32, 32));
      float[] actual =
          program
              .run(Map.of("input", input), Map.of(), Program.Mode.INFERENCE)
              .output()
              .toFloatArray();
      assertThat(actual).hasSize(20).containsExactly(expected, within(1e-4f));
    }
  }
}
