package org.onnxghn.trainer.exec;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.onnxghn.GraphText;

/** The smallest number divided by -1, at which a processor's own division ends the process. */
class IntegerDivisionTest {
  private static final long[] NUMBERS = {Long.MIN_VALUE, -7, 7, Long.MIN_VALUE, 7, -7};
  private static final long[] DIVISORS = {-1, -1, -1, 2, -2, 2};
  private static final long[] QUOTIENTS = {Long.MIN_VALUE, 7, -7, Long.MIN_VALUE / 2, -3, -3};

  @Test
  void quotientsWrap() {
    assertThat(run(7, "z = Div (a, b)", NUMBERS, DIVISORS)).containsExactly(QUOTIENTS);
  }

  @Test
  void quotientsOf32BitsWrap() {
    long[] numbers = {Integer.MIN_VALUE, -7, 7};
    long[] divisors = {-1, -1, 2};
    assertThat(run(6, "z = Div (a, b)", numbers, divisors)).containsExactly(numbers[0], 7, 3);
  }

  @Test
  void bytesOf255AreNoMinusOne() {
    assertThat(run(2, "z = Div (a, b)", new long[] {255, 254, 9}, new long[] {255, 255, 2}))
        .containsExactly(1, 0, 4);
    assertThat(run(2, "z = Mod (a, b)", new long[] {255, 254, 9}, new long[] {255, 255, 2}))
        .containsExactly(0, 254, 1);
  }

  @Test
  void nothingRemains() {
    assertThat(run(7, "z = Mod (a, b)", NUMBERS, DIVISORS)).containsExactly(0, 0, 0, 0, -1, 1);
    assertThat(run(7, "z = Mod <fmod = 1> (a, b)", NUMBERS, DIVISORS))
        .containsExactly(0, 0, 0, 0, 1, -1);
    assertThat(run(6, "z = Mod (a, b)", new long[] {Integer.MIN_VALUE, 5}, new long[] {-1, 3}))
        .containsExactly(0, 2);
  }

  /** Numbers that the program computes on the host, since they may be of a shape. */
  @Test
  void shapesWrap() {
    String text =
        """
        <opset_import: ["" : 17]>
        net (int64[N] a) => (int64[1] y)
        <int64[1] half = {-4611686018427387904}, int64[1] minus = {-1}> {
          s = Shape (a)
          none = Sub (s, s)
          some = Add (none, half)
          p = Add (some, half)
          q = Add (none, minus)
          y = Div (p, q)
        }
        """;
    try (NDManager manager = NDManager.newBaseManager();
        Program program = Program.compile(GraphText.model(text))) {
      NDArray a = manager.create(new long[] {1, 2});
      assertThat(
              program.run(Map.of("a", a), Map.of(), Program.Mode.INFERENCE).output().toLongArray())
          .containsExactly(Long.MIN_VALUE);
    }
  }

  @Test
  void rangesGoBackwards() {
    assertThat(range(5, 1)).containsExactly(5, 4, 3, 2);
    assertThat(range(1, 1)).isEmpty();
    assertThat(range(1, 5)).isEmpty();
  }

  private static long[] range(long start, long limit) {
    String text =
        """
        <opset_import: ["" : 17]>
        net (int64 a, int64 b) => (int64[N] y) <int64 step = {-1}> { y = Range (a, b, step) }
        """;
    try (NDManager manager = NDManager.newBaseManager();
        Program program = Program.compile(GraphText.model(text))) {
      Map<String, NDArray> inputs = Map.of("a", manager.create(start), "b", manager.create(limit));
      return program.run(inputs, Map.of(), Program.Mode.INFERENCE).output().toLongArray();
    }
  }

  private static long[] run(int type, String node, long[] a, long[] b) {
    String text =
        """
        <opset_import: ["" : 17]>
        net (int64[N] x, int64[N] y) => (int64[N] out) {
          a = Cast <to = %1$d> (x)
          b = Cast <to = %1$d> (y)
          %2$s
          out = Cast <to = 7> (z)
        }
        """
            .formatted(type, node);
    try (NDManager manager = NDManager.newBaseManager();
        Program program = Program.compile(GraphText.model(text))) {
      NDArray result =
          program
              .run(
                  Map.of("x", manager.create(a), "y", manager.create(b)),
                  Map.of(),
                  Program.Mode.INFERENCE)
              .output();
      assertThat(result.getDataType()).isEqualTo(DataType.INT64);
      return result.toLongArray();
    }
  }
}
