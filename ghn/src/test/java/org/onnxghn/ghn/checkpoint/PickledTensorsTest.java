package org.onnxghn.ghn.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.ghn.GhnConfig;
import org.onnxghn.ghn.GhnConfig.Kind;
import org.onnxghn.onnx.ElementType;
import org.onnxghn.onnx.HalfFloats;
import org.onnxghn.onnx.Shape;

/** Storages, element types and views inside pickles, written here byte by byte. */
class PickledTensorsTest {
  private static final GhnConfig CONFIG =
      new GhnConfig(Kind.GHN3, 8, 1, 8, 2, 11, 3, true, true, true);
  private static final Checkpoint RANDOM = Checkpoint.initialise(CONFIG, 5);

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"FloatStorage", "HalfStorage", "BFloat16Storage", "DoubleStorage"})
  void everyFloatingPointTypeBecomesFloat32(String storage) throws IOException {
    try (Checkpoint read = CheckpointImporter.read(write(joblib(storage, false)))) {
      assertThat(read.config()).isEqualTo(CONFIG);
      double unit =
          switch (read.type("embed.weight")) {
            case FLOAT16 -> 0x1p-11;
            case BFLOAT16 -> 0x1p-7;
            default -> 0;
          };
      for (String name : read.tensorNames()) {
        FloatBuffer actual = read.floats(name);
        FloatBuffer expected = RANDOM.floats(name);
        for (int i = 0; i < expected.limit(); i++) {
          double error = Math.abs(actual.get(i) - expected.get(i));
          assertThat(error).isLessThanOrEqualTo(unit * Math.abs(expected.get(i)) + unit * 0x1p-13);
        }
      }
    }
  }

  @Test
  void transposedViewsAreCopiedInOrder() throws IOException {
    try (Checkpoint read = CheckpointImporter.read(write(joblib("FloatStorage", true)))) {
      assertThat(read.weightsSha256()).isEqualTo(RANDOM.weightsSha256());
      Path out = folder.resolve("c.safetensors");
      read.write(out, ElementType.FLOAT);
      try (Checkpoint written = Checkpoint.read(out)) {
        assertThat(written.weightsSha256()).isEqualTo(RANDOM.weightsSha256());
      }
    }
  }

  @Test
  void compressedFilesAreDecompressed() throws IOException {
    byte[] plain = joblib("FloatStorage", false);
    ByteArrayOutputStream zlib = new ByteArrayOutputStream();
    ByteArrayOutputStream gzip = new ByteArrayOutputStream();
    try (OutputStream z = new DeflaterOutputStream(zlib);
        OutputStream g = new GZIPOutputStream(gzip)) {
      z.write(plain);
      g.write(plain);
    }
    for (byte[] compressed : new byte[][] {zlib.toByteArray(), gzip.toByteArray()}) {
      try (Checkpoint read = CheckpointImporter.read(write(compressed))) {
        assertThat(read.weightsSha256()).isEqualTo(RANDOM.weightsSha256());
      }
      for (int length = 0; length < compressed.length; length += 997) {
        Path truncated = write(Arrays.copyOf(compressed, length));
        assertThatThrownBy(() -> CheckpointImporter.read(truncated))
            .isInstanceOf(CheckpointException.class);
      }
    }
  }

  @Test
  void aBombOfZerosIsRefused() throws IOException {
    Path path = folder.resolve("bomb.pt");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(path))) {
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 24; i++) {
        out.write(zeros);
      }
    }
    assertRefused(path, "OG-314", "expands to more than");
  }

  @ParameterizedTest
  @CsvSource({"425a6839, OG-312", "fd377a585a00, OG-312", "04224d18, OG-312", "00112233, OG-311"})
  void otherCompressionIsNamed(String head, String code) throws IOException {
    byte[] bytes = new byte[64];
    byte[] magic = HexFormat.of().parseHex(head);
    System.arraycopy(magic, 0, bytes, 0, magic.length);
    assertRefused(write(bytes), code, "checkpoint");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 8, 1, OG-324", // more elements than the storage has
    "1, 4, 1, OG-324", // beyond the end
    "-1, 4, 1, OG-324",
    "0, 4, 2, OG-324",
    "0, 4, -1, OG-324",
    "0, -4, 1, OG-324",
    "0, 9223372036854775807, 1, OG-324",
    "0, 4, 9223372036854775807, OG-324",
    "9223372036854775807, 4, 1, OG-324",
    "0, 1000000000, 0, OG-324", // one element, shown a billion times
    "0, 4, 1, OG-325", // fine, but not a checkpoint
  })
  void viewsMustLieInTheirStorage(long offset, long size, long stride, String code)
      throws IOException {
    byte[] stream = PickleBytes.stream("FloatStorage", 4, 4, new byte[16]);
    assertRefused(one(stream, offset, new long[] {size}, new long[] {stride}), code, "");
  }

  @Test
  void twoDimensionsMayNotOverflowEither() throws IOException {
    byte[] stream = PickleBytes.stream("FloatStorage", 4, 4, new byte[16]);
    long half = 1L << 32;
    long[] strides = {half, 1};
    assertRefused(one(stream, 0, new long[] {half, half}, strides), "OG-324", "ln.weight");
    assertRefused(one(stream, 0, new long[] {2}, strides), "OG-322", "dimensions");
    assertRefused(one(stream, 0, new long[9], new long[9]), "OG-322", "8 dimensions");
  }

  @ParameterizedTest
  @CsvSource({
    "FloatStorage, 4, 5, 16, OG-322",
    "FloatStorage, 5, 5, 16, OG-313",
    "FloatStorage, 3, 3, 16, OG-322", // bytes left over
    "FloatStorage, -1, -1, 16, OG-322",
    "FloatStorage, 2305843009213693951, 2305843009213693951, 16, OG-322",
    "FloatStorage, 1152921504606846974, 1152921504606846974, 16, OG-313",
    "LongStorage, 2, 2, 16, OG-319",
    "ComplexFloatStorage, 2, 2, 16, OG-320",
  })
  void storagesMustBeThere(String type, long declared, long written, int bytes, String code)
      throws IOException {
    byte[] stream = PickleBytes.stream(type, declared, written, new byte[bytes]);
    assertRefused(one(stream, 0, new long[] {1}, new long[] {1}), code, "");
  }

  @Test
  void truncationAnywhereIsAnError() throws IOException {
    byte[] bytes = joblib("FloatStorage", false);
    Path path = write(bytes);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      for (int length = bytes.length - 1; length >= 0; length -= 97) {
        channel.truncate(length);
        assertThatThrownBy(() -> CheckpointImporter.read(path))
            .isInstanceOf(CheckpointException.class);
      }
    }
  }

  private Path one(byte[] stream, long offset, long[] size, long[] strides) throws IOException {
    PickleBytes pickle = PickleBytes.protocol(4).ops("}").string("ln.weight");
    return write(pickle.tensor(stream, offset, size, strides).ops("s.").toBytes());
  }

  /** The random checkpoint as joblib would store it; optionally all matrices transposed. */
  private static byte[] joblib(String storage, boolean transposed) {
    PickleBytes pickle = PickleBytes.protocol(4).global("collections", "OrderedDict").ops(")R(");
    for (String name : RANDOM.tensorNames()) {
      Shape shape = RANDOM.shape(name);
      long rows = shape.dim(0);
      long columns = shape.rank() == 2 ? shape.dim(1) : 1;
      boolean transpose = transposed && shape.rank() == 2;
      long[] strides = transpose ? new long[] {1, rows} : new long[] {columns, 1};
      byte[] data = encode(RANDOM.floats(name), storage, transpose ? rows : 1, columns);
      byte[] stream = PickleBytes.stream(storage, shape.elements(), shape.elements(), data);
      boolean vector = shape.rank() == 1;
      pickle.string(name.replaceFirst("^gnn.0.(?=centrality|input)", ""));
      pickle.tensor(stream, 0, shape.dims(), vector ? new long[] {1} : strides);
    }
    return pickle.ops("u.").toBytes();
  }

  private static byte[] encode(FloatBuffer values, String storage, long rows, long columns) {
    int n = values.limit();
    ByteBuffer bytes = ByteBuffer.allocate(n * 8).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < n; i++) {
      // Column-major where there is more than one row to transpose.
      float value = values.get(rows == 1 ? i : (int) (i % rows * columns + i / rows));
      switch (storage) {
        case "FloatStorage" -> bytes.putFloat(value);
        case "HalfStorage" -> bytes.putShort(HalfFloats.toHalf(value));
        case "BFloat16Storage" -> bytes.putShort((short) (Float.floatToIntBits(value) >> 16));
        default -> bytes.putDouble(value);
      }
    }
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  private void assertRefused(Path path, String code, String message) {
    assertThatThrownBy(() -> CheckpointImporter.read(path))
        .isInstanceOfSatisfying(
            CheckpointException.class, e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code))
        .hasMessageContaining(message)
        .hasMessageContaining(path.toString());
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("checkpoint.pt"), bytes);
  }
}
