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
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
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

  /** A hundred tensors in a file of 1000 bytes, which half of them spell in different ways. */
  @Test
  void whatTensorsShareIsWrittenOnce() throws IOException {
    byte[] bytes = new byte[1000];
    new Random(1).nextBytes(bytes);
    Files.write(folder.resolve("w.bin"), bytes);
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInput(value("x", 3))
            .addOutput(value("y", 3))
            .addNode(node("Identity", "y", "x"));
    for (int i = 0; i < 50; i++) {
      graph.addInitializer(
          external("same" + i, "./".repeat(i) + "w.bin", 100).toBuilder()
              .addExternalData(entry("offset", "400")));
      graph.addInitializer(
          external("shifted" + i, "w.bin", 50).toBuilder()
              .addExternalData(entry("offset", Integer.toString(16 * i))));
    }
    Path in = Files.write(folder.resolve("in.onnx"), model(graph).toByteArray());
    for (ExternalData choice : List.of(ExternalData.KEEP, ExternalData.ALWAYS)) {
      Path out = folder.resolve(choice + ".onnx");
      OnnxModel model = OnnxModel.read(in);
      List<Path> files = model.write(out, new WriteOptions(choice, false));
      assertThat(files).hasSize(2);
      assertThat(Files.size(files.get(1))).isLessThanOrEqualTo(1000);
      OnnxModel back = OnnxModel.read(out);
      assertThat(back.toProto()).isEqualTo(model.toProto());
    }
  }

  @Test
  void regionsBesideEachOtherStayApart() {
    SharedRegions shared = new SharedRegions();
    Path file = folder.resolve("w.bin");
    List<ExternalRegion> regions =
        Stream.of(40, 0, 20, 60).map(i -> new ExternalRegion(file, i, 20)).toList();
    regions.forEach(shared::add);
    assertThat(regions).allSatisfy(one -> assertThat(shared.around(one)).isEqualTo(one));
    ExternalRegion across = new ExternalRegion(file, 19, 22);
    shared.add(across);
    assertThat(shared.around(across)).isEqualTo(new ExternalRegion(file, 0, 60));
    assertThat(shared.around(regions.get(0))).isEqualTo(new ExternalRegion(file, 0, 60));
    assertThat(shared.around(regions.get(3))).isEqualTo(regions.get(3));
  }
}
