package org.onnxghn.converter.cli;

import static org.onnxghn.converter.Models.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.SharedData;
import org.onnxghn.onnx.proto.GraphProto;

/** Runs {@code onnx-ghn convert} without a checkpoint in a folder of its own. */
abstract class ConvertFixture {
  @TempDir Path folder;

  static Path smallCnn() {
    return SharedData.path("golden/onnx/small_cnn.nc10.onnx");
  }

  Path out() {
    return folder.resolve("out.onnx");
  }

  Run convert(Path input, Object... more) {
    List<Object> args =
        new ArrayList<>(List.of("convert", input, "-o", out(), "--checkpoint", "none"));
    args.addAll(List.of(more));
    return Run.of(args.toArray());
  }

  Path write(GraphProto.Builder graph) throws IOException {
    return Files.write(folder.resolve("in.onnx"), model(graph).toByteArray());
  }

  List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
