package org.onnxghn.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.onnxghn.SharedData;
import org.onnxghn.onnx.proto.ModelProto;
import org.onnxghn.onnx.proto.TensorProto;

/** Every model of others survives writing, by field, with its own values and with new ones. */
class RoundTripTest {
  @TempDir static Path folder;

  /** Files that are no complete models: without operator set, empty, without their data files. */
  private static final Map<String, String> REFUSED =
      Map.of(
          "models/unit/onnxruntime__mul_1.noopset.onnx", "OG-105",
          "models/unit/vespa__a.onnx", "OG-102");

  static List<String> refused() {
    return REFUSED.keySet().stream().sorted().toList();
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatIsNoModelIsRefused(String relative) {
    Path file = SharedData.path(relative);
    assertThatThrownBy(() -> OnnxModel.read(file))
        .extracting(error -> ((OnnxException) error).code())
        .isEqualTo(REFUSED.get(relative));
  }

  static List<String> models() {
    List<String> models = new ArrayList<>(SharedModels.in("models/real"));
    models.addAll(SharedModels.in("models/unit"));
    models.addAll(SharedModels.in("models/ext"));
    models.addAll(
        SharedModels.in("hostile").stream()
            .filter(m -> m.contains("_ok") || m.contains("dtype") || m.contains("valid_"))
            .toList());
    models.removeAll(REFUSED.keySet());
    return models;
  }

  @ParameterizedTest
  @MethodSource("models")
  void writingWithoutAChangeKeepsEveryField(String relative) throws IOException {
    Path file = SharedModels.file(relative, folder);
    OnnxModel model = OnnxModel.read(file);
    Path out = folder.resolve("same.onnx");
    if (lacksData(model)) {
      assertThatThrownBy(() -> model.write(out, WriteOptions.DEFAULT))
          .extracting(error -> ((OnnxException) error).code())
          .isEqualTo("OG-121");
      return;
    }
    List<Path> written = model.write(out, WriteOptions.DEFAULT);

    ModelProto before = ModelProto.parseFrom(Files.readAllBytes(file));
    ModelProto after = ModelProto.parseFrom(Files.readAllBytes(out));
    if (written.size() == 1) {
      assertThat(after).isEqualTo(before);
      assertThat(Files.size(out)).isEqualTo(before.getSerializedSize());
    } else {
      // Names of data files and offsets change; what they hold does not.
      assertThat(OnnxModel.read(out).toProto()).isEqualTo(model.toProto());
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void newValuesComeBackAndNothingElseChanges(String relative) throws IOException {
    Path file = SharedModels.file(relative, folder);
    OnnxModel model = OnnxModel.read(file);
    if (lacksData(model)) {
      return; // the test above says what happens
    }
    Map<String, float[]> values = new HashMap<>();
    Set<TensorProto> copied = copied(model);
    for (StoredTensor tensor : model.tensors()) {
      boolean keepsItsForm =
          tensor.form() == StoredTensor.Form.INITIALIZER
              || tensor.form() == StoredTensor.Form.CONSTANT_NODE;
      boolean hasCopies = copied.contains(tensor.source().tensor());
      if (tensor.type().isTrainable() && keepsItsForm && !hasCopies) {
        values.put(tensor.name(), pattern((int) tensor.shape().elements(), tensor.type()));
      }
    }
    OnnxModel changed = model.withParameters(values);
    Path out = folder.resolve("changed.onnx");
    changed.write(out, WriteOptions.DEFAULT);

    OnnxModel read = OnnxModel.read(out);
    assertThat(names(read)).isEqualTo(names(model));
    for (StoredTensor tensor : read.tensors()) {
      float[] expected = values.get(tensor.name());
      if (expected != null) {
        assertThat(tensor.floats()).as(tensor.name()).isEqualTo(expected);
        assertThat(changed.tensor(tensor.name()).orElseThrow().floats()).isEqualTo(expected);
      }
    }
    // With the old values put back, all is as before: nothing but the values had changed.
    Map<String, float[]> old = new HashMap<>();
    for (String name : values.keySet()) {
      StoredTensor tensor = model.tensor(name).orElseThrow();
      if (tensor.type() != ElementType.DOUBLE && noNaN(tensor.floats())) {
        old.put(name, tensor.floats());
      }
    }
    if (old.size() == values.size()) {
      ModelProto expected = model.toProto();
      assertThat(read.withParameters(old).toProto()).isEqualTo(expected);
    }
  }

  /** Initializers with copies, which become initializers as well when these are changed. */
  private static Set<TensorProto> copied(OnnxModel model) {
    Set<TensorProto> copied = Collections.newSetFromMap(new IdentityHashMap<>());
    for (StoredTensor tensor : model.tensors()) {
      if (tensor.form() == StoredTensor.Form.INITIALIZER_COPY) {
        copied.add(tensor.source().tensor());
      }
    }
    return copied;
  }

  /** Two models came without the files of their external data. */
  private static boolean lacksData(OnnxModel model) {
    return model.tensors().stream()
        .anyMatch(tensor -> tensor.form() != StoredTensor.Form.GRAPH_INPUT && !tensor.hasData());
  }

  private static boolean noNaN(float[] values) {
    for (float value : values) {
      if (Float.isNaN(value)) {
        return false;
      }
    }
    return true;
  }

  /** Distinct values that every trainable type stores exactly. */
  private static float[] pattern(int length, ElementType type) {
    int period = type == ElementType.BFLOAT16 ? 200 : 2000;
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (i % period - period / 2) / 64f;
    }
    return values;
  }

  private static List<String> names(OnnxModel model) {
    return model.tensors().stream().map(StoredTensor::toString).toList();
  }
}
