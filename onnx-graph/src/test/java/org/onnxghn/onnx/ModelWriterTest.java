package org.onnxghn.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.onnxghn.onnx.TestModels.model;
import static org.onnxghn.onnx.TestModels.node;
import static org.onnxghn.onnx.TestModels.value;
import static org.onnxghn.onnx.TestModels.vector;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.onnxghn.SharedData;
import org.onnxghn.onnx.proto.GraphProto;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.TensorProto;

/** External data, atomicity and size limits of writing. */
class ModelWriterTest {
  private static final WriteOptions ALWAYS = new WriteOptions(ExternalData.ALWAYS, false);
  private static final WriteOptions INLINE = new WriteOptions(ExternalData.INLINE, false);

  @TempDir Path folder;

  private Path mnist() throws IOException {
    Path in = Files.createDirectory(folder.resolve("in"));
    for (String name : List.of("mnist.onnx", "mnist.onnx.data")) {
      Files.copy(SharedData.path("models/ext/rten__mnist/" + name), in.resolve(name));
      in.resolve(name).toFile().setWritable(true);
    }
    return in.resolve("mnist.onnx");
  }

  private static Map<String, float[]> values(OnnxModel model) {
    Map<String, float[]> values = new HashMap<>();
    for (StoredTensor tensor : model.tensors()) {
      if (tensor.type().isTrainable() && tensor.hasData()) {
        values.put(tensor.name(), tensor.floats());
      }
    }
    return values;
  }

  private static void assertSameValues(OnnxModel one, OnnxModel other) {
    assertThat(values(one)).usingRecursiveComparison().isEqualTo(values(other));
    assertThat(values(one)).isNotEmpty();
  }

  private static float[] ramp(int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (i % 97) / 8f;
    }
    return values;
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void externalDataFollowTheModelIntoAnotherFolder() throws IOException {
    Path in = mnist();
    OnnxModel model = OnnxModel.read(in);
    List<Path> written = model.write(folder.resolve("out.onnx"), WriteOptions.DEFAULT);
    Path root = folder.toRealPath();
    assertThat(written).containsExactly(root.resolve("out.onnx"), root.resolve("out.onnx.data"));
    OnnxModel out = OnnxModel.read(written.get(0));
    assertSameValues(out, model);
    assertThat(out.toProto()).isEqualTo(model.toProto());
  }

  @Test
  void onChoiceAllIsInlineOrAllIsExternal() throws IOException {
    OnnxModel model = OnnxModel.read(mnist());
    List<Path> inline = model.write(folder.resolve("inline.onnx"), INLINE);
    assertThat(inline).hasSize(1);
    OnnxModel one = OnnxModel.read(inline.get(0));
    assertThat(one.proto()).isEqualTo(model.toProto());

    List<Path> external = one.write(folder.resolve("external.onnx"), ALWAYS);
    assertThat(external).hasSize(2);
    OnnxModel two = OnnxModel.read(external.get(0));
    assertSameValues(two, model);
    assertThat(Files.size(external.get(0))).isLessThan(20_000);
    for (TensorProto tensor : two.proto().getGraph().getInitializerList()) {
      boolean isExternal = tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL;
      long bytes = Shape.of(tensor.getDimsList()).elements() * 4;
      if (tensor.getDataType() == 1) {
        assertThat(isExternal).as(tensor.getName()).isEqualTo(bytes >= 1024);
      }
    }
  }

  @Test
  void newValuesGoToExternalData() throws IOException {
    OnnxModel model = OnnxModel.read(mnist());
    Map<String, float[]> values = values(model);
    values.replaceAll((name, array) -> ramp(array.length));
    Path out = folder.resolve("out.onnx");
    model.withParameters(values).write(out, WriteOptions.DEFAULT);
    assertThat(values(OnnxModel.read(out))).usingRecursiveComparison().isEqualTo(values);
  }

  @Test
  void filesOfTheInputAreNotOverwritten() throws IOException {
    Path in = mnist();
    OnnxModel model = OnnxModel.read(in);
    byte[] data = Files.readAllBytes(in.resolveSibling("mnist.onnx.data"));
    for (String name : List.of("mnist.onnx", "mnist.onnx.data")) {
      assertThatThrownBy(() -> model.write(in.resolveSibling(name), WriteOptions.DEFAULT))
          .extracting(e -> ((OnnxException) e).code())
          .isEqualTo("OG-140");
    }
    Path link = Files.createSymbolicLink(folder.resolve("link.onnx"), in);
    assertThatThrownBy(() -> model.write(link, WriteOptions.DEFAULT))
        .hasMessageContaining("is a file of the input");
    // A model whose own data file would take the name of the input's gets another one.
    Path renamed = Files.move(in, in.resolveSibling("model.onnx"));
    List<Path> written = OnnxModel.read(renamed).write(in, WriteOptions.DEFAULT);
    assertThat(written.get(1)).hasFileName("mnist.onnx.1.data");
    assertThat(in.resolveSibling("mnist.onnx.data")).hasBinaryContent(data);
  }

  @Test
  void theInputIsReplacedOnRequest() throws IOException {
    Path in = mnist();
    OnnxModel model = OnnxModel.read(in);
    Map<String, float[]> values = values(model);
    values.values().forEach(array -> Arrays.fill(array, 0.5f));
    model.withParameters(values).write(in, new WriteOptions(ExternalData.KEEP, true));
    assertThat(values(OnnxModel.read(in))).usingRecursiveComparison().isEqualTo(values);
  }

  @Test
  void aboveTheLimitDataBecomeExternal() throws IOException {
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInput(value("x", 1000))
            .addOutput(value("y", 1000))
            .addInitializer(vector("w", new float[1000]))
            .addNode(node("Add", "y", "x", "w"));
    float[] values = ramp(1000);
    OnnxModel model = OnnxModel.of(model(graph)).withParameters(Map.of("w", values));
    Path out = folder.resolve("out.onnx");
    assertThat(model.write(out, INLINE, 5000)).hasSize(1);
    assertThat(model.write(out, INLINE, 3000)).hasSize(2);
    assertThat(OnnxModel.read(out).tensor("w").orElseThrow().floats()).isEqualTo(values);
    assertThatThrownBy(() -> model.write(out, INLINE, 30))
        .extracting(e -> ((OnnxException) e).code())
        .isEqualTo("OG-142");
  }

  @Test
  void aFailureInTheMiddleLeavesEverythingAsItWas() throws IOException {
    Path in = mnist();
    OnnxModel model = OnnxModel.read(in);
    Path out = folder.resolve("out.onnx");
    Files.writeString(out, "old model");
    Files.writeString(folder.resolve("out.onnx.data"), "old data");
    List<String> before = names();
    OnnxModel unchanged = OnnxModel.read(in);
    // The data file ends after the check, so that copying stops half way.
    try (RandomAccessFile data =
        new RandomAccessFile(in.resolveSibling("mnist.onnx.data").toFile(), "rw")) {
      data.setLength(data.length() / 2);
    }
    assertThatThrownBy(() -> unchanged.write(out, WriteOptions.DEFAULT))
        .isInstanceOf(OnnxException.class);
    assertThat(names()).isEqualTo(before);
    assertThat(out).hasContent("old model");
    assertThat(folder.resolve("out.onnx.data")).hasContent("old data");
    assertThat(model.path()).contains(in);
  }

  @Test
  void whenTheSecondRenameFailsTheFirstIsTakenBack() throws IOException {
    Path data = folder.resolve("out.onnx.data");
    Files.writeString(data, "old data");
    Path blocked = Files.createDirectories(folder.resolve("out.onnx/full")).getParent();
    try (OutputFiles files = new OutputFiles()) {
      files.write(data, to -> to.write(new byte[10]));
      files.write(folder.resolve("new"), to -> to.write(new byte[10]));
      files.write(blocked, to -> to.write(new byte[10]));
      assertThatThrownBy(files::commit).isInstanceOf(IOException.class);
    }
    assertThat(data).hasContent("old data");
    assertThat(names()).containsExactly("out.onnx", "out.onnx.data");
  }

  @Test
  void aMissingFolderIsAClearError() throws IOException {
    OnnxModel model = OnnxModel.read(mnist());
    assertThatThrownBy(() -> model.write(folder.resolve("absent/out.onnx"), WriteOptions.DEFAULT))
        .extracting(e -> ((OnnxException) e).code())
        .isEqualTo("OG-141");
    assertThatThrownBy(() -> model.write(folder, WriteOptions.DEFAULT))
        .hasMessageContaining("it is a folder");
  }

  @Test
  void theSameModelGivesTheSameBytes() throws IOException {
    Path in = mnist();
    Path out = folder.resolve("out.onnx");
    OnnxModel.read(in).write(out, ALWAYS);
    byte[] first = Files.readAllBytes(out);
    byte[] firstData = Files.readAllBytes(folder.resolve("out.onnx.data"));
    OnnxModel.read(in).write(out, ALWAYS);
    assertThat(out).hasBinaryContent(first);
    assertThat(folder.resolve("out.onnx.data")).hasBinaryContent(firstData);
  }

  @Test
  void aHundredMegabytesAreWrittenAndReadWithOneCopy() throws IOException {
    int count = 25 << 20;
    TensorProto header =
        TensorProto.newBuilder().setName("w").setDataType(1).addDims(count).build();
    ModelProto proto =
        model(
            GraphProto.newBuilder()
                .addInput(value("w", count))
                .addOutput(value("y", count))
                .addNode(node("Relu", "y", "w")));
    float[] values = new float[count];
    values[count - 1] = 5;
    Path out = folder.resolve("large.onnx");
    OnnxModel.of(proto).withParameters(Map.of("w", values)).write(out, WriteOptions.DEFAULT);
    OnnxModel model = Assertions.assertTimeout(Duration.ofSeconds(120), () -> OnnxModel.read(out));
    TensorProto stored = model.proto().getGraph().getInitializer(0);
    assertThat(stored.toBuilder().clearRawData().build()).isEqualTo(header);
    assertThat(backingArray(stored.getRawData()))
        .as("part of one copy")
        .hasSize((int) model.bytes());
    assertThat(model.tensor("w").orElseThrow().floats()[count - 1]).isEqualTo(5);
    assertThat(model.bytes()).isEqualTo(out.toFile().length());
  }

  private static byte[] backingArray(ByteString bytes) throws IOException {
    byte[][] array = new byte[1][];
    UnsafeByteOperations.unsafeWriteTo(
        bytes,
        new ByteOutput() {
          @Override
          public void writeLazy(byte[] value, int offset, int length) {
            array[0] = value;
          }

          @Override
          public void write(byte[] value, int offset, int length) {
            array[0] = value;
          }

          @Override
          public void write(byte value) {}

          @Override
          public void write(ByteBuffer value) {}

          @Override
          public void writeLazy(ByteBuffer value) {}
        });
    return array[0];
  }
}
