package org.onnxghn.ghn.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onnxghn.SharedData;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.GhnConfig.Kind;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.Shape;

/** Files that joblib and PyTorch wrote, against the same weights as NumPy wrote them. */
class GoldenCheckpointsTest {
  private static final String FOLDER = "golden/checkpoints/";

  @TempDir private Path temporary;

  @ParameterizedTest
  @CsvSource({
    "ghn3_tiny.public.joblib.pt, ghn3_tiny.npz",
    "ghn3_tiny.train.pt, ghn3_tiny.npz",
    "ghn3_small.joblib.pt, ghn3_small.npz",
    "ghn3_small.public.joblib.pt, ghn3_small.npz",
    "ghn3_small.public.joblib.z3.pt, ghn3_small.npz",
    "ghn3_small.train.pt, ghn3_small.npz",
    "ghn2_small.train.pt, ghn2_small.npz",
  })
  void everyFormHasTheTensorsThatNumPyWrote(String file, String npzFile) throws IOException {
    Npz npz;
    try (InputStream in = SharedData.open(FOLDER + npzFile)) {
      npz = Npz.read(in);
    }
    Path safetensors = temporary.resolve("out.safetensors");
    try (Checkpoint imported = CheckpointImporter.read(SharedData.path(FOLDER + file))) {
      assertEqual(imported, npz);
      imported.write(safetensors, ElementType.FLOAT);
      try (Checkpoint converted = Checkpoint.read(safetensors)) {
        assertEqual(converted, npz);
        assertThat(converted.config()).isEqualTo(imported.config());
        assertThat(converted.weightsSha256()).isEqualTo(imported.weightsSha256());
        assertThat(converted.name()).isEqualTo(file.substring(0, file.indexOf('.')));
        assertThat(converted.provenance())
            .isEqualTo(imported.provenance())
            .containsEntry("source.file", file)
            .containsEntry("source.sha256", imported.sha256());
      }
    }
  }

  private static void assertEqual(Checkpoint checkpoint, Npz npz) {
    assertThat(checkpoint.tensorNames()).containsExactlyInAnyOrderElementsOf(npz.shapes().keySet());
    for (String name : checkpoint.tensorNames()) {
      assertThat(checkpoint.shape(name)).as(name).isEqualTo(npz.shapes().get(name));
      FloatBuffer floats = checkpoint.floats(name);
      assertThat(floats.isDirect()).isTrue();
      assertThat(floats).as(name).isEqualTo(FloatBuffer.wrap(npz.values().get(name)));
    }
  }

  @Test
  void formsOfOneModelHaveOneHash() {
    List<String> hashes = new ArrayList<>();
    for (String form : List.of("joblib", "public.joblib", "public.joblib.z3", "train")) {
      Path path = SharedData.path(FOLDER + "ghn3_small." + form + ".pt");
      try (Checkpoint checkpoint = CheckpointImporter.read(path)) {
        hashes.add(checkpoint.weightsSha256());
      }
    }
    assertThat(hashes).hasSize(4).containsOnly(hashes.get(0));
  }

  @Test
  void configurationsAreInferredOrRead() {
    assertThat(config("ghn3_T.public.joblib.pt")).isEqualTo(GhnConfig.preset("ghn3-t"));
    GhnConfig tiny = new GhnConfig(Kind.GHN3, 16, 2, 8, 16, 11, 10, true, true, true);
    assertThat(config("ghn3_tiny.public.joblib.pt")).isEqualTo(tiny);
    assertThat(config("ghn3_tiny.train.pt")).isEqualTo(tiny);
    GhnConfig ghn2 = new GhnConfig(Kind.GHN2, 16, 1, 1, 32, 11, 10, true, true, true);
    assertThat(config("ghn2_small.train.pt")).isEqualTo(ghn2);
  }

  private static GhnConfig config(String file) {
    try (Checkpoint checkpoint = CheckpointImporter.read(SharedData.path(FOLDER + file))) {
      return checkpoint.config();
    }
  }

  @ParameterizedTest
  @CsvSource({"T, ghn3-t", "ghn2, ghn2"})
  void presetsHaveTheStateDictOfTheReference(String golden, String preset) throws IOException {
    JsonNode root;
    try (InputStream in = SharedData.open("golden/state_dict_" + golden + ".json")) {
      root = new ObjectMapper().readTree(in);
    }
    List<String> expected = new ArrayList<>();
    for (JsonNode tensor : root.get("state_dict")) {
      long[] dims = new ObjectMapper().convertValue(tensor.get(1), long[].class);
      expected.add(tensor.get(0).asText() + " " + Shape.of(dims));
    }
    List<String> actual = new ArrayList<>();
    GhnConfig.preset(preset).tensors().forEach((name, shape) -> actual.add(name + " " + shape));
    assertThat(actual).isEqualTo(expected);
  }
}
