package org.onnxghn.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.onnxghn.onnx.TestModels.entry;
import static org.onnxghn.onnx.TestModels.external;
import static org.onnxghn.onnx.TestModels.model;
import static org.onnxghn.onnx.TestModels.node;
import static org.onnxghn.onnx.TestModels.value;
import static org.onnxghn.onnx.TestModels.vector;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.StringStringEntryProto;
import org.onnxghn.onnx.proto.TensorProto;

class OutputPlanTest {
  @TempDir Path folder;

  @Test
  void theChecksumOfTheOldDataFileIsNotTakenAlong() throws IOException {
    TensorProto.Builder w = external("w", "w.bin", 3).toBuilder();
    w.addExternalData(entry("checksum", "da39a3ee5e6b4b0d3255bfef95601890afd80709"));
    w.addExternalData(entry("note", "kept"));
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInput(value("x", 3))
            .addOutput(value("y", 3))
            .addInitializer(w)
            .addNode(node("Add", "y", "x", "w"));
    Files.write(folder.resolve("w.bin"), vector("", 1, 2, 3).getRawData().toByteArray());
    Path in = Files.write(folder.resolve("in.onnx"), model(graph).toByteArray());
    Path out = folder.resolve("out.onnx");
    OnnxModel.read(in).write(out, WriteOptions.DEFAULT);
    TensorProto moved = OnnxModel.read(out).proto().getGraph().getInitializer(0);
    assertThat(moved.getExternalDataList().stream().map(StringStringEntryProto::getKey))
        .containsExactly("location", "offset", "length", "note");
  }
}
