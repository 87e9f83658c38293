package org.onnxghn.ghn.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.onnxghn.SharedData;

/** Pickles that would run code, exhaust memory or confuse a reader. */
class HostilePicklesTest {
  @TempDir private Path folder;

  static Stream<Arguments> pickles() {
    return Stream.of(
        Arguments.of(
            "os.system", "OG-320", p().global("os", "system").string("id").raw(0x85).ops("R.")),
        Arguments.of(
            "posix.system", "OG-320", p().string("posix").string("system").raw(0x93).ops(".")),
        Arguments.of("builtins.eval", "OG-320", p().global("builtins", "eval").ops(".")),
        Arguments.of("__builtin__.eval", "OG-320", p().global("__builtin__", "eval").ops(".")),
        Arguments.of("torch.load", "OG-320", p().global("torch", "load").ops(".")),
        Arguments.of(
            "dotted.name", "OG-320", p().global("torch", "serialization.os.system").ops(".")),
        Arguments.of(
            "names that are numbers", "OG-322", p().integer(1).integer(2).raw(0x93).ops(".")),
        Arguments.of("INST", "OG-321", p().ops("(ios\nsystem\n.")),
        Arguments.of("OBJ", "OG-321", p().ops("(").global("collections", "OrderedDict").ops("o.")),
        Arguments.of("EXT1", "OG-321", p().raw(0x82, 1).ops(".")),
        Arguments.of("PERSID", "OG-321", p().ops("Pid\n.")),
        Arguments.of("BYTEARRAY8", "OG-321", p().raw(0x96).i64(1L << 60)),
        Arguments.of("calls a string", "OG-322", p().string("os").ops(")R.")),
        Arguments.of("calls a result", "OG-322", p().global("argparse", "Namespace").ops(")R)R.")),
        Arguments.of("calls with a list", "OG-322", p().global("argparse", "Namespace").ops("]R.")),
        Arguments.of("calls a storage", "OG-322", p().global("torch", "FloatStorage").ops(")R.")),
        Arguments.of("persistent id", "OG-322", p().string("storage").ops("Q.")),
        Arguments.of("empty", "OG-313", p()),
        Arguments.of("only a stop", "OG-322", p().ops(".")),
        Arguments.of("pops too much", "OG-322", p().ops("N000.")),
        Arguments.of("pops through a mark", "OG-322", p().ops("N(0.")),
        Arguments.of("append to nothing", "OG-322", p().ops("Na.")),
        Arguments.of("append to a tuple", "OG-322", p().ops(")Na.")),
        Arguments.of("append to an object", "OG-322", p().global("torch", "Size").ops(")RNa.")),
        Arguments.of("items without mark", "OG-322", p().ops("}u.")),
        Arguments.of("odd items", "OG-322", p().ops("}(Nu.")),
        Arguments.of("build on nothing", "OG-322", p().ops("}b.")),
        Arguments.of(
            "dict as its own key", "OG-322", p().ops("}q").raw(0).ops("h").raw(0).ops("Ns.")),
        Arguments.of("memo of nothing", "OG-322", p().ops("h").raw(9).ops(".")),
        Arguments.of("negative memo", "OG-322", p().ops("j").i32(-1).ops(".")),
        Arguments.of("BINBYTES 4 GB", "OG-313", p().ops("B").i32(-1).ops(".")),
        Arguments.of("BINBYTES8 2^60", "OG-313", p().raw(0x8e).i64(1L << 60).ops(".")),
        Arguments.of("BINBYTES8 2^63", "OG-313", p().raw(0x8e).i64(Long.MIN_VALUE).ops(".")),
        Arguments.of("BINUNICODE 2 GB", "OG-313", p().ops("X").i32(Integer.MAX_VALUE).ops(".")),
        Arguments.of("BINUNICODE8 2^62", "OG-313", p().raw(0x8d).i64(1L << 62).ops(".")),
        Arguments.of("string of 2 MB", "OG-314", p().string("x".repeat(2 << 20)).ops(".")),
        Arguments.of("not UTF-8", "OG-313", p().ops("X").i32(2).raw(0xc3, 0x28).ops(".")),
        Arguments.of("endless line", "OG-313", p().ops("c" + "x".repeat(100_000))),
        Arguments.of("LONG1 of 255", "OG-313", p().raw(0x8a, 255)),
        Arguments.of("protocol 9", "OG-322", p().raw(0x80, 9).ops("}.")),
        Arguments.of("a number", "OG-322", p().integer(1).ops(".")),
        Arguments.of("not a tensor", "OG-317", p().ops("}").string("ln.weight").ops("]s.")),
        Arguments.of("number as name", "OG-317", p().ops("}").integer(1).ops("]s.")),
        Arguments.of("nothing in it", "OG-325", p().ops("}.")),
        Arguments.of(
            "state_dict is a list", "OG-322", p().ops("}").string("state_dict").ops("]s.")),
        Arguments.of(
            "without lists in lists", "OG-325", without("]".repeat(100_000) + "a".repeat(99_999))),
        Arguments.of("without lists in each other", "OG-325", without("]q\0]h\0aa")));
  }

  /** A whole configuration, whose list of parts that are left out is built so. */
  private static PickleBytes without(String list) {
    PickleBytes pickle = p().ops("}").string("state_dict").ops("}s").string("config").ops("}");
    pickle.string("hid").integer(4).ops("s").string("layers").integer(1).ops("s");
    pickle.string("heads").integer(1).ops("s").string("max_shape").tuple(2, 2, 11, 11).ops("s");
    pickle.string("num_classes").integer(10).ops("s").string("without").ops(list);
    return pickle.ops("ss.");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("pickles")
  void isRefused(String what, String code, PickleBytes pickle) throws IOException {
    Path path = Files.write(folder.resolve("hostile.pt"), pickle.toBytes());
    assertThatThrownBy(() -> CheckpointImporter.read(path))
        .as(what)
        .isInstanceOfSatisfying(
            CheckpointException.class, e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code))
        .hasMessageContaining("hostile.pt");
  }

  @Test
  void anUnknownNameIsNamed() throws IOException {
    Path path =
        Files.write(folder.resolve("evil.pt"), p().global("os", "system").ops(".").toBytes());
    assertThatThrownBy(() -> CheckpointImporter.read(path))
        .hasMessageContaining("'os.system'")
        .hasMessageContaining("nothing was executed");
  }

  /** Each of these is small as a file and huge, deep or slow for a naive reader. */
  @ParameterizedTest
  @ValueSource(
      strings = {"lists", "marks", "dups", "memos", "nesting", "tuples", "self", "streams"})
  void bombsEndSoon(String kind) throws IOException {
    PickleBytes pickle = p();
    int n = 3_000_000;
    switch (kind) {
      case "lists" -> pickle.ops("]".repeat(n));
      case "marks" -> pickle.ops("(".repeat(n));
      case "dups" -> pickle.ops("]" + "2".repeat(n));
      case "memos" -> pickle.ops("]").raw(memoize(n));
      case "nesting" -> pickle.ops("]".repeat(500_000) + "a".repeat(499_999) + ".");
      case "tuples" -> {
        // Twenty levels of a hundred references each: 100^20 items for whoever walks them.
        pickle.ops(")q").raw(0);
        for (int level = 0; level < 20; level++) {
          pickle.ops("(");
          for (int i = 0; i < 100; i++) {
            pickle.ops("h").raw(level);
          }
          pickle.ops("tq").raw(level + 1);
        }
        pickle.ops("0}").string("ln.weight").ops("h").raw(20).ops("s.");
      }
      case "self" ->
          pickle
              .ops("]q")
              .raw(0)
              .ops("h")
              .raw(0)
              .ops("a}")
              .string("config")
              .ops("h")
              .raw(0)
              .ops("s")
              .string("state_dict")
              .ops("}ss.");
      default -> {
        byte[] stream = PickleBytes.stream("FloatStorage", 1 << 16, 1 << 16, new byte[1 << 18]);
        pickle.bytes(stream).ops("q").raw(0);
        pickle.global("torch.storage", "_load_from_bytes").ops("q").raw(1);
        for (int i = 0; i < 100_000; i++) {
          pickle.ops("h").raw(1).ops("h").raw(0).raw(0x85).ops("R0");
        }
      }
    }
    Path path = Files.write(folder.resolve("bomb.pt"), pickle.toBytes());
    assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () ->
            assertThatThrownBy(() -> CheckpointImporter.read(path))
                .isInstanceOf(CheckpointException.class));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ghn3_tiny.public.joblib.pt", "ghn3_tiny.train.pt"})
  void aDamagedFileIsNeverABug(String golden) throws IOException {
    byte[] bytes = Files.readAllBytes(SharedData.path("golden/checkpoints/" + golden));
    Random seeded = new Random(11);
    int refused = 0;
    Path path = folder.resolve(golden);
    int structure = golden.contains("train") ? 7_600 : 40_000;
    for (int round = 0; round < 600; round++) {
      byte[] damaged = bytes.clone();
      for (int flips = seeded.nextInt(4); flips >= 0; flips--) {
        // Where pickle instructions and zip records are, not only among the weights.
        boolean atEnd = seeded.nextInt(4) == 0;
        int at = seeded.nextInt(atEnd ? 4_000 : structure);
        damaged[atEnd ? bytes.length - 1 - at : at] = (byte) seeded.nextInt(256);
      }
      Files.write(path, damaged);
      try (Checkpoint read = CheckpointImporter.read(path)) {
        read.tensorNames().forEach(read::floats);
      } catch (CheckpointException e) {
        assertThat(e.getMessage()).contains(golden);
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(50);
  }

  private static byte[] memoize(int n) {
    byte[] bytes = new byte[n];
    Arrays.fill(bytes, (byte) 0x94);
    return bytes;
  }

  private static PickleBytes p() {
    return PickleBytes.protocol(4);
  }
}
