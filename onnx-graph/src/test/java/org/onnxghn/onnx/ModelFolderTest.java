package org.onnxghn.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.onnxghn.onnx.TestModels.external;
import static org.onnxghn.onnx.TestModels.node;
import static org.onnxghn.onnx.TestModels.value;
import static org.onnxghn.onnx.TestModels.vector;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.onnx.proto.GraphProto;

/**
 * External data of a model file that is a symbolic link, as in the cache of Hugging Face: {@code
 * snapshots/abc/model.onnx} leads to {@code blobs/111}, its data file to {@code blobs/222}.
 */
class ModelFolderTest {
  private static final float[] VALUES = {1, 2, 3};

  @TempDir Path place;
  private Path blobs;
  private Path snapshot;

  @BeforeEach
  void folders() throws IOException {
    blobs = Files.createDirectory(place.resolve("blobs"));
    snapshot = Files.createDirectories(place.resolve("snapshots/abc"));
  }

  /** A model in the cache whose data are at the location. */
  private Path cached(String location) throws IOException {
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInput(value("x", 3))
            .addOutput(value("y", 3))
            .addInitializer(external("w", location, 3))
            .addNode(node("Add", "y", "x", "w"));
    Files.write(blobs.resolve("111"), TestModels.model(graph).toByteArray());
    return Files.createSymbolicLink(snapshot.resolve("model.onnx"), Path.of("../../blobs/111"));
  }

  private static Path data(Path file, float... values) throws IOException {
    return Files.write(file, vector("", values).getRawData().toByteArray());
  }

  private static float[] read(Path file) {
    return OnnxModel.read(file).tensor("w").orElseThrow().floats();
  }

  @Test
  void aModelOfTheCacheIsReadAndWritten() throws IOException {
    Path file = cached("model.onnx_data");
    data(blobs.resolve("222"), VALUES);
    Files.createSymbolicLink(snapshot.resolve("model.onnx_data"), Path.of("../../blobs/222"));
    assertThat(read(file)).isEqualTo(VALUES);

    List<Path> written =
        OnnxModel.read(file).write(place.resolve("out.onnx"), WriteOptions.DEFAULT);
    assertThat(written).hasSize(2);
    assertThat(read(written.get(0))).isEqualTo(VALUES);
    assertThat(OnnxModel.read(file).toProto().getGraph().getInitializer(0))
        .isEqualTo(vector("w", VALUES));
  }

  @Test
  void aLinkToAnywhereElseIsRefused() throws IOException {
    Path file = cached("model.onnx_data");
    Path elsewhere = Files.createDirectory(place.resolve("elsewhere"));
    Path data = data(elsewhere.resolve("x"), VALUES);
    Files.createSymbolicLink(snapshot.resolve("model.onnx_data"), data);
    assertThatThrownBy(() -> OnnxModel.read(file))
        .extracting(e -> ((OnnxException) e).code())
        .isEqualTo("OG-120");
  }

  @Test
  void theRealFolderIsAskedBeforeTheLinks() throws IOException {
    Path file = cached("w.bin");
    data(snapshot.resolve("w.bin"), 7, 8, 9);
    assertThat(read(file)).containsExactly(7, 8, 9);
    data(blobs.resolve("w.bin"), VALUES);
    assertThat(read(file)).isEqualTo(VALUES);
  }

  @Test
  void linksOfTheInputAreNotReplaced() throws IOException {
    Path file = cached("new.data");
    data(blobs.resolve("222"), VALUES);
    Path link = Files.createSymbolicLink(snapshot.resolve("new.data"), Path.of("../../blobs/222"));
    List<Path> written = OnnxModel.read(file).write(snapshot.resolve("new"), WriteOptions.DEFAULT);
    assertThat(written.get(1)).hasFileName("new.1.data");
    assertThat(link).isSymbolicLink();
    assertThat(read(written.get(0))).isEqualTo(VALUES);
  }
}
