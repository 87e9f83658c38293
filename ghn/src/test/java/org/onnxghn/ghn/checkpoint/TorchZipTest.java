package org.onnxghn.ghn.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.SharedData;
import org.onnxghn.onnx.ElementType;

class TorchZipTest {
  private static final byte[] EMPTY_DICT = PickleBytes.protocol(2).ops("}.").toBytes();

  @TempDir private Path folder;

  /** What a real training checkpoint has besides weights and configuration. */
  @Test
  void optimizerAndArgumentsArePassedOver() throws IOException {
    PickleBytes more = new PickleBytes();
    more.string("args").global("argparse", "Namespace").ops(")").raw(0x81).ops("}(");
    more.string("lr").ops("G").raw(new byte[8]).string("device").global("torch", "device");
    more.string("cuda").raw(0x85).ops("Rub").string("step").integer(1L << 40);
    more.string("optimizer").ops("}").string("state").ops("}").integer(0).ops("}");
    more.string("exp_avg").global("torch._utils", "_rebuild_tensor_v2").ops("((");
    more.string("storage").global("torch", "FloatStorage").string("0").string("cuda:0");
    more.integer(16).ops("tQ").integer(0).tuple(16).tuple(1).raw(0x89).ops("}tRsss");

    Path golden = SharedData.path("golden/checkpoints/ghn3_tiny.train.pt");
    List<Object> entries = new ArrayList<>();
    try (ZipFile zip = new ZipFile(golden.toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        byte[] bytes = zip.getInputStream(entry).readAllBytes();
        if (entry.getName().endsWith("data.pkl")) {
          PickleBytes pickle = new PickleBytes().raw(Arrays.copyOf(bytes, bytes.length - 2));
          bytes = pickle.raw(more.toBytes()).ops("u.").toBytes();
        }
        entries.add(entry.getName());
        entries.add(bytes);
      }
    }
    try (Checkpoint read = CheckpointImporter.read(zip(false, entries.toArray()));
        Checkpoint original = CheckpointImporter.read(golden)) {
      assertThat(read.weightsSha256()).isEqualTo(original.weightsSha256());
      assertThat(read.config()).isEqualTo(original.config());
    }
  }

  @Test
  void aForeignByteOrderIsRefused() throws IOException {
    byte[] big = "big".getBytes(StandardCharsets.US_ASCII);
    assertRefused(zip(false, "a/data.pkl", EMPTY_DICT, "a/byteorder", big), "OG-323", "byte order");
    byte[] little = "little".getBytes(StandardCharsets.US_ASCII);
    assertRefused(zip(false, "a/data.pkl", EMPTY_DICT, "a/byteorder", little), "OG-325", "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../data.pkl", "/a/data.pkl", "a/../../b", "a\\b", "c:/x", "a\u0000b"})
  void unsafeNamesAreRefused(String name) throws IOException {
    assertRefused(zip(false, "a/data.pkl", EMPTY_DICT, name, new byte[1]), "OG-323", "unsafe");
  }

  @Test
  void compressedEntriesAreRefused() throws IOException {
    assertRefused(zip(true, "a/data.pkl", new byte[1 << 20]), "OG-323", "compressed");
  }

  @Test
  void archivesOfOtherToolsAreRefused() throws IOException {
    assertRefused(zip(false, "embed.weight.npy", new byte[100]), "OG-323", "no data.pkl");
    Path two = zip(false, "a/data.pkl", EMPTY_DICT, "b/data.pkl", EMPTY_DICT);
    assertRefused(two, "OG-323", "more than one");
  }

  @Test
  void oneNameTwiceIsRefused() throws IOException {
    Path path = zip(false, "a/data.pkl", EMPTY_DICT, "a/data.pkm", EMPTY_DICT);
    byte[] bytes = Files.readAllBytes(path);
    for (int i = 0; i < bytes.length - 9; i++) {
      if (new String(bytes, i, 10, StandardCharsets.US_ASCII).equals("a/data.pkm")) {
        bytes[i + 9] = 'l';
      }
    }
    assertRefused(Files.write(path, bytes), "OG-323", "twice");
  }

  @Test
  void overlappingEntriesAreRefused() throws IOException {
    Path path = zip(false, "a/data.pkl", EMPTY_DICT, "a/data/00", EMPTY_DICT);
    byte[] bytes = Files.readAllBytes(path);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    int central = text.indexOf("PK\u0001\u0002");
    // The first entry claims to be longer than it is.
    for (int field : new int[] {central + 20, central + 24}) {
      bytes[field] = (byte) 45;
    }
    assertRefused(Files.write(path, bytes), "OG-323", "overlap");
  }

  @Test
  void aChangedWeightIsNoticed() throws IOException {
    byte[] bytes = Files.readAllBytes(SharedData.path("golden/checkpoints/ghn3_tiny.train.pt"));
    bytes[500_000] ^= 1;
    Path path = Files.write(folder.resolve("changed.pt"), bytes);
    assertRefused(path, "OG-313", "checksum");
  }

  @Test
  void storagesMustHaveTheDeclaredSize() throws IOException {
    PickleBytes pickle = PickleBytes.protocol(2).ops("(").string("storage");
    pickle.global("torch", "FloatStorage").string("0").string("cpu").integer(5).ops("tQ.");
    byte[] bytes = pickle.toBytes();
    assertRefused(zip(false, "a/data.pkl", bytes), "OG-323", "a/data/0");
    assertRefused(zip(false, "a/data.pkl", bytes, "a/data/0", new byte[19]), "OG-323", "a/data/0");
    assertRefused(zip(false, "a/data.pkl", bytes, "a/data/0", new byte[20]), "OG-322", "dict");
  }

  /** A file of a few bytes for each tensor would be imported as gigabytes. */
  @Test
  void tensorsThatAreMoreThanTheFileAreRefused() throws IOException {
    PickleBytes pickle = PickleBytes.protocol(2).ops("}(");
    for (int i = 0; i < 100; i++) {
      pickle.string("t" + i).global("torch._utils", "_rebuild_tensor_v2").ops("((");
      pickle.string("storage").global("torch", "FloatStorage").string("0").string("cpu");
      pickle.integer(4096).ops("tQ").integer(0).tuple(4096).tuple(1).raw(0x89).ops("}tR");
    }
    byte[] bytes = pickle.ops("u.").toBytes();
    Path file = zip(false, "a/data.pkl", bytes, "a/data/0", new byte[4 * 4096]);
    assertRefused(file, "OG-324", "409,600 elements");
  }

  @Test
  void aSafetensorsFileIsImportedAsItIs() throws IOException {
    Path path = folder.resolve("c.safetensors");
    Checkpoint random = Checkpoint.initialise(SafetensorsTest.SMALLEST, 3);
    random.write(path, ElementType.FLOAT);
    try (Checkpoint read = CheckpointImporter.read(path)) {
      assertThat(read.weightsSha256()).isEqualTo(random.weightsSha256());
    }
    Path pt = SharedData.path("golden/checkpoints/ghn3_tiny.train.pt");
    assertThatThrownBy(() -> Checkpoint.read(pt))
        .extracting(e -> ((CheckpointException) e).fix())
        .asString()
        .contains("onnx-ghn checkpoint import");
  }

  private void assertRefused(Path path, String code, String message) {
    assertThatThrownBy(() -> CheckpointImporter.read(path))
        .isInstanceOfSatisfying(
            CheckpointException.class, e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code))
        .hasMessageContaining(message)
        .hasMessageContaining(path.toString());
  }

  private Path zip(boolean compressed, Object... namesAndBytes) throws IOException {
    Path path = folder.resolve("checkpoint.pt");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(path))) {
      for (int i = 0; i < namesAndBytes.length; i += 2) {
        byte[] bytes = (byte[]) namesAndBytes[i + 1];
        ZipEntry entry = new ZipEntry((String) namesAndBytes[i]);
        entry.setMethod(compressed ? ZipEntry.DEFLATED : ZipEntry.STORED);
        if (!compressed) {
          CRC32 crc = new CRC32();
          crc.update(bytes);
          entry.setCrc(crc.getValue());
          entry.setSize(bytes.length);
        }
        zip.putNextEntry(entry);
        zip.write(bytes);
      }
    }
    return path;
  }
}
