package org.onnxghn.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.onnxghn.onnx.TestModels.ints;
import static org.onnxghn.onnx.TestModels.longs;
import static org.onnxghn.onnx.TestModels.model;
import static org.onnxghn.onnx.TestModels.node;
import static org.onnxghn.onnx.TestModels.value;
import static org.onnxghn.onnx.TestModels.vector;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.SharedData;
import org.onnxghn.graph.importer.GraphImporter;
import org.onnxghn.onnx.proto.AttributeProto;
import org.onnxghn.onnx.proto.GraphProto;

/** Random damage to small models: reading and import accept or refuse; nothing else is thrown. */
class DamagedModelsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hostile/control_ok_convnet.onnx",
        "hostile/local_function_ok.onnx",
        "hostile/sparse_ok.onnx",
        "hostile/weights_constantofshape.onnx",
        "hostile/nested_if_20.onnx",
        "models/ext/burn-onnx__external_data/external_data.onnx"
      })
  void damageIsRefusedOrHarmless(String relative) throws IOException {
    damage(Files.readAllBytes(SharedData.path(relative)));
  }

  /** Operators whose numbers of inputs and outputs, axes and shapes the importer relies on. */
  @Test
  void damageToWhatTheImporterFollowsIsRefusedOrHarmless() throws IOException {
    AttributeProto.Builder axis =
        AttributeProto.newBuilder().setName("axis").setType(AttributeProto.AttributeType.INT);
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInput(value("x", 1, 1, 4, 4))
            .addOutput(value("y", 1, 1))
            .addInitializer(vector("w", 1, 2, 3, 4, 5, 6, 7, 8))
            .addInitializer(vector("s", 1))
            .addInitializer(longs("row", 1, -1))
            .addInitializer(longs("columns", 4, 2))
            .addInitializer(longs("halves", 1, 1))
            .addNode(
                node("MaxPool", "pooled", "x")
                    .addAttribute(ints("kernel_shape", 2, 2))
                    .addAttribute(ints("strides", 2, 2)))
            .addNode(node("Reshape", "flat", "pooled", "row"))
            .addNode(node("Reshape", "matrix", "w", "columns"))
            .addNode(
                node("Split", "left", "matrix", "halves")
                    .addOutput("right")
                    .addAttribute(axis.setI(1)))
            .addNode(node("MatMul", "one", "flat", "left"))
            .addNode(node("MatMul", "two", "flat", "right"))
            .addNode(node("Identity", "s2", "s"))
            .addNode(node("Add", "three", "one", "s"))
            .addNode(node("Add", "four", "two", "s2"))
            .addNode(node("Mul", "y", "three", "four"));
    damage(model(graph).toByteArray());
  }

  private void damage(byte[] original) throws IOException {
    Random random = new Random(7);
    Path file = folder.resolve("damaged.onnx");
    Path out = folder.resolve("out.onnx");
    int refused = 0;
    for (int run = 0; run < 400; run++) {
      byte[] bytes = original.clone();
      for (int change = random.nextInt(4); change >= 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      Files.write(file, bytes);
      try {
        OnnxModel model = OnnxModel.read(file);
        GraphImporter.importGraph(model);
        for (StoredTensor tensor : model.tensors()) {
          if (tensor.hasData() && tensor.type().isTrainable()) {
            tensor.floats();
          }
        }
        if (run % 20 == 0) {
          model.write(out, WriteOptions.DEFAULT);
        }
      } catch (OnnxGhnException e) {
        refused++;
      }
    }
    assertThat(refused).isBetween(1, 400);
  }
}
