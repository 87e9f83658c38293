package org.onnxghn.ghn.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.GhnConfig.Kind;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.Sha256;

class SafetensorsTest {
  static final GhnConfig SMALLEST = new GhnConfig(Kind.GHN3, 4, 1, 1, 2, 11, 10, true, true, true);

  @TempDir private Path folder;
  private Path file;
  private Checkpoint random;

  @BeforeEach
  void write() {
    file = folder.resolve("c.safetensors");
    random = Checkpoint.initialise(SMALLEST, 7);
    random.write(file, ElementType.FLOAT);
  }

  @Test
  void theSameCheckpointGivesTheSameBytes() throws Exception {
    byte[] first = Files.readAllBytes(file);
    Checkpoint.initialise(SMALLEST, 7).write(file, ElementType.FLOAT);
    assertThat(Files.readAllBytes(file)).isEqualTo(first);
    try (Checkpoint read = Checkpoint.read(file)) {
      assertThat(read.sha256())
          .isEqualTo(HexFormat.of().formatHex(Sha256.digest().digest(first)))
          .isEqualTo(random.sha256());
      assertThat(read.weightsSha256()).isEqualTo(random.weightsSha256());
      assertThat(read.config()).isEqualTo(SMALLEST);
      assertThat(read.provenance())
          .containsEntry("seed", "7")
          .hasEntrySatisfying("onnx-ghn.version", version -> assertThat(version).matches("\\d.*"));
      Path copy = folder.resolve("copy.safetensors");
      read.write(copy, ElementType.FLOAT);
      assertThat(copy).hasSameBinaryContentAs(file);
      assertThat(CheckpointInfo.of(read).tensors()).hasSize(SMALLEST.tensors().size());
      assertThat(CheckpointInfo.of(read).parameters()).isEqualTo(SMALLEST.parameterCount());
    }
    assertThat(folder.toFile().list())
        .containsExactlyInAnyOrder("c.safetensors", "copy.safetensors");
  }

  @Test
  void viewsAreDirectAndOutliveTheFile() {
    FloatBuffer view;
    try (Checkpoint read = Checkpoint.read(file)) {
      view = read.floats("decoder.fc.0.weight");
    }
    assertThat(view.isDirect()).isTrue();
    assertThat(view.order()).isEqualTo(ByteOrder.nativeOrder());
    assertThat(view).isEqualTo(random.floats("decoder.fc.0.weight"));
  }

  @Test
  void float16KeepsElevenBits() {
    random.write(file, ElementType.FLOAT16);
    try (Checkpoint read = Checkpoint.read(file)) {
      for (String name : read.tensorNames()) {
        assertThat(read.type(name)).isEqualTo(ElementType.FLOAT16);
        FloatBuffer exact = random.floats(name);
        FloatBuffer half = read.floats(name);
        for (int i = 0; i < exact.limit(); i++) {
          double tolerance = Math.max(Math.abs(exact.get(i)) * 0x1p-11, 0x1p-25);
          assertThat((double) half.get(i)).isCloseTo(exact.get(i), within(tolerance));
        }
      }
      String first = read.weightsSha256();
      read.write(file, ElementType.FLOAT16);
      try (Checkpoint again = Checkpoint.read(file)) {
        assertThat(again.weightsSha256()).isEqualTo(first);
      }
    }
  }

  @Test
  void aValueThatFloat16CannotHoldLeavesNoFile() {
    Checkpoint large =
        Checkpoint.of(
            "large",
            SMALLEST,
            Map.of(),
            name -> {
              FloatBuffer values =
                  FloatBuffer.allocate((int) SMALLEST.tensors().get(name).elements());
              return values.put(0, 65520f);
            });
    Path out = folder.resolve("large.safetensors");
    assertThatThrownBy(() -> large.write(out, ElementType.FLOAT16))
        .hasMessageContaining("ln.weight")
        .extracting("code")
        .isEqualTo("OG-326");
    assertThat(folder.toFile().list()).containsExactly("c.safetensors");
    large.write(out, ElementType.FLOAT);
    try (Checkpoint read = Checkpoint.read(out)) {
      assertThat(read.floats("ln.bias").get(0)).isEqualTo(65520f);
    }
  }

  @Test
  void buffersMustBeThereAndFit() {
    assertThatThrownBy(() -> Checkpoint.of("c", SMALLEST, Map.of(), name -> null))
        .hasMessageContaining("ln.weight")
        .extracting("code")
        .isEqualTo("OG-316");
    FloatBuffer five = FloatBuffer.allocate(5);
    assertThatThrownBy(() -> Checkpoint.of("c", SMALLEST, Map.of(), name -> five))
        .hasMessageContaining("'ln.weight' is 5 instead of 4")
        .extracting("code")
        .isEqualTo("OG-318");
    assertThatThrownBy(() -> random.floats("ln.wait")).extracting("code").isEqualTo("OG-327");
  }

  @Test
  void whatCannotBeWrittenIsSaid() {
    Path nowhere = folder.resolve("none/c.safetensors");
    assertThatThrownBy(() -> random.write(nowhere, ElementType.FLOAT))
        .hasMessageContaining(nowhere.toString())
        .extracting("code")
        .isEqualTo("OG-310");
    assertThatThrownBy(() -> random.write(file, ElementType.INT8)).hasMessageContaining("int8");
  }

  @Test
  void partsOfARandomTensorAreThePartsOfTheWhole() {
    String name = "gnn.0.input_dist_embed.weight";
    FloatBuffer whole = random.floats(name);
    FloatBuffer part = FloatBuffer.allocate(700);
    Initialisation.tensors(SMALLEST, 7).get(name).read(3001, part);
    assertThat(part.flip()).isEqualTo(whole.slice(3001, 700));
  }

  @Test
  void aForeignFileNeedsNoConfiguration() throws IOException {
    GhnConfig inferable = new GhnConfig(Kind.GHN3, 16, 2, 8, 3, 11, 12, true, true, false);
    Checkpoint.initialise(inferable, 7).write(file, ElementType.FLOAT16);
    rewrite("\"onnx-ghn.config\"", "\"some-other-thing\"");
    try (Checkpoint read = Checkpoint.read(file)) {
      assertThat(read.config()).isEqualTo(inferable);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"F32\"|\"I64\"|OG-319",
        "\"F32\"|\"F16\"|OG-315",
        "\"F32\"|\"F999\"|OG-319",
        "\"ln.bias\"|\"ln.bia2\"|OG-316",
        "\"ln.bias\"|\"ln.weight\"|OG-315",
        "\"shape\":[4]|\"shape\":[5]|OG-315",
        "\"shape\":[4]|\"shape\":[-4]|OG-315",
        "\"shape\":[4]|\"shape\":4|OG-315",
        "\"shape\":[4]|\"shape\":[2,2]|OG-318",
        "\"shape\":[4]|\"shape\":[9223372036854775807,9223372036854775807]|OG-315",
        "\"shape\":[4]|\"shape\":[99999999999999999999]|OG-315",
        "\"shape\":[4]|\"shape\":[1,1,1,1,1,1,1,1,1,4]|OG-315",
        "\"data_offsets\":[16,32]|\"data_offsets\":[0,16]|OG-315",
        "\"data_offsets\":[16,32]|\"data_offsets\":[17,33]|OG-315",
        "\"data_offsets\":[16,32]|\"data_offsets\":[16]|OG-315",
        "\"data_offsets\":[16,32]|\"data_offsets\":[16,32],\"more\":1|OG-315",
        "\"__metadata__\":{|\"__metadata__\":{\"x\":1,|OG-315",
        "\"__metadata__\":{|\"__metadata__\":{\"x\":{\"y\":1},|OG-315",
        "{|[|OG-315",
        "\"onnx-ghn.config\":\"|\"onnx-ghn.config\":\"null\",\"other\":\"|OG-325",
        "\"onnx-ghn.config\":\"|\"onnx-ghn.config\":\"[]\",\"other\":\"|OG-325",
        "\\\"kind\\\":\\\"ghn3\\\"|\\\"kind\\\":\\\"ghn2\\\"|OG-325",
        "\\\"hid\\\":4|\\\"hid\\\":8|OG-318",
        "\\\"hid\\\":4|\\\"hid\\\":4000000000|OG-325",
        "\\\"hid\\\":4|\\\"hid\\\":[4]|OG-325",
        "\\\"layers\\\":1|\\\"layers\\\":1000000|OG-325",
        "\\\"layers\\\":1|\\\"layers\\\":2|OG-316",
        "[2,2,11,11]|[2,2,11,12]|OG-325",
        "[2,2,11,11]|[2,2]|OG-325",
        "\\\"ve\\\":true|\\\"ve\\\":\\\"yes\\\"|OG-325",
        "\\\"layernorm\\\":true|\\\"layernorm\\\":false|OG-317",
      })
  void refusesAHeaderThatIsWrong(String from, String to, String code) throws IOException {
    rewrite(from, to);
    assertThatThrownBy(() -> Checkpoint.read(file))
        .isInstanceOfSatisfying(
            CheckpointException.class,
            e -> {
              assertThat(e.code()).as(e.getMessage()).isEqualTo(code);
              assertThat(e.getMessage()).contains(file.toString());
            });
  }

  @Test
  void refusesMissingAndExtraBytes() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    for (int length : new int[] {0, 7, 8, 9, 100, bytes.length - 1, bytes.length + 1}) {
      Files.write(file, Arrays.copyOf(bytes, length));
      assertRefused();
    }
    for (long length : new long[] {0, 1, 100_000_001, 1L << 40, Long.MAX_VALUE, -1}) {
      byte[] hostile = bytes.clone();
      ByteBuffer.wrap(hostile).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
      Files.write(file, hostile);
      assertRefused();
    }
    assertThatThrownBy(() -> Checkpoint.read(folder)).hasMessageContaining("folder");
    assertThatThrownBy(() -> Checkpoint.read(folder.resolve("none")))
        .hasMessageContaining("does not exist");
  }

  @Test
  void aDamagedHeaderIsNeverABug() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int headerLength = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    Random seeded = new Random(3);
    for (int round = 0; round < 1500; round++) {
      byte[] damaged = bytes.clone();
      for (int flips = seeded.nextInt(3); flips >= 0; flips--) {
        damaged[seeded.nextInt(8 + headerLength)] = (byte) (32 + seeded.nextInt(96));
      }
      Files.write(file, damaged);
      try (Checkpoint read = Checkpoint.read(file)) {
        assertThat(read.parameterCount()).isEqualTo(SMALLEST.parameterCount());
      } catch (CheckpointException e) {
        assertThat(e.fix()).isNotBlank();
      }
    }
  }

  private void assertRefused() {
    assertThatThrownBy(() -> Checkpoint.read(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(file.toString());
  }

  private void rewrite(String from, String to) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int length = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    String header = new String(bytes, 8, length, StandardCharsets.UTF_8);
    assertThat(header).contains(from);
    byte[] changed =
        (header.substring(0, header.indexOf(from))
                + to
                + header.substring(header.indexOf(from) + from.length()))
            .getBytes(StandardCharsets.UTF_8);
    ByteBuffer out =
        ByteBuffer.allocate(8 + changed.length + bytes.length - 8 - length)
            .order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(changed.length).put(changed).put(bytes, 8 + length, bytes.length - 8 - length);
    Files.write(file, out.array());
  }
}
